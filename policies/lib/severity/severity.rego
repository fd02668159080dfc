# METADATA
# title: Severities
# description: One scale for all scanners, `critical`, `high`, `medium`, `low`, `info` or `unknown`.
package lib.severity

import future.keywords.not

# METADATA
# title: Order
# description: Greater is worse. `unknown` has no place in it.
rank := {"critical": 4, "high": 3, "medium": 2, "low": 1, "info": 0}

# METADATA
# title: Severity of a word
# description: As scanners and distributions write it, in any case.
of_word(word) := _words[lower(word)] if {
	_words[lower(word)]
} else := "unknown"

_words := {
	"critical": "critical",
	"high": "high",
	"important": "high",
	"error": "high",
	"medium": "medium",
	"moderate": "medium",
	"warning": "medium",
	"low": "low",
	"note": "low",
	"negligible": "info",
	"info": "info",
	"none": "info",
}

# METADATA
# title: Severity of a CVSS score
# description: Bands of https://www.first.org/cvss/v3.1/specification-document, section 5; a number or its text.
of_score(score) := band if {
	number := to_number(score)
	band := [name | some [least, name] in _bands; number >= least][0]
} else := "unknown"

_bands := [[9.0, "critical"], [7.0, "high"], [4.0, "medium"], [0.1, "low"], [0.0, "info"]]

# METADATA
# title: Worst
# description: The worst of several; `unknown` where none is known.
worst(severities) := name if {
	greatest := max([rank[severity] | some severity in severities])
	some name, number in rank
	number == greatest
} else := "unknown"
