# METADATA
# title: Exceptions
# description: What waives a finding.
package verdict.exceptions

import data.lib
import data.verdict.speakers
import future.keywords.not

# METADATA
# title: Exceptions of the operator
# description: >-
#   Those of `data.config.exceptions` that fit an element of `deny` under this code and have not ended, as what is added to the
#   finding. `""` for `term` or `subject` fits all. Without a reason, or without an end that can be read, one counts for nothing.
of(code, element) := [{"until": exception.until, "reason": exception.reason, "reference": exception.reference} |
	some exception in _running[code]
	_fits(exception.term, object.get(element, "term", ""))
	_fits(exception.subject, object.get(element, "subject", ""))
]

_running[exception.code] contains exception if {
	some exception in data.config.exceptions
	exception.reason != ""
	time.parse_rfc3339_ns(exception.until) > lib.now
}

_fits("", _)

_fits(value, value)

# METADATA
# title: Excuses in evidence
# description: Those of an element of `deny` (VEX statements) that somebody signed who may speak for their type.
excuses(element) := [{"until": "", "reason": reason, "reference": reference} |
	some excuse in element.excuses
	entries := speakers.of([excuse])
	count(entries) > 0
	reason := $"Excused by {concat(", ", sort(entries))}: {excuse.type}."
	reference := concat(", ", excuse.evidence)
]
