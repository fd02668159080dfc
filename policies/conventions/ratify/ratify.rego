# METADATA
# title: Ratify v1
# description: >-
#   The decision of a policy written for Ratify v1: its reports are made from the evidence, and rule `valid` of package
#   `ratify.policy` is asked with them as `input`, or `artifactPolicies` judge them.
package conventions.ratify

import data.conventions.ratify.judgement
import data.conventions.ratify.listing
import data.conventions.ratify.results
import data.conventions.ratify.tree

import future.keywords.not
import rego.v1

# METADATA
# title: Decision
# description: "Shape: schemas/decision.schema.json, definition `decision`; Ratify's own answer is `metadata.ratify`."
# entrypoint: true
default decision := {"allow": false, "violations": [{"code": "ratify.undecided", "msg": "The policy came to no decision."}]}

decision := {
	"allow": _allowed,
	"violations": [violation | some violation in _violations; not _allowed],
	"warnings": [warning | some warning in _warnings],
	"metadata": {"ratify": {
		"version": _version,
		"isSuccess": _allowed,
		"verifierReports": _reports,
	}},
}

_version := {"rego": "1.1.0", "config": "0.2.0"}[data.config.kind]

_reports := tree.document.verifierReports if {
	data.config.kind == "rego"
} else := results.overall.verifierReports

# Only a policy that says `true`, on all that Ratify would have seen.
default _allowed := false

_allowed if {
	_says
	count(listing.gaps) == 0
}

default _says := false

_says if {
	data.config.kind == "rego"
	_is(_valid, true)
}

_says if {
	data.config.kind == "config"
	results.overall.isSuccess
}

_valid := answer if {
	answer := data.ratify.policy.valid with input as tree.document
}

# Through a function: a policy whose `valid` cannot be a boolean loads, as under Ratify, and says nothing.
_is(value, expected) if value == expected

# What no report explains: the policy would deny good reports too.
_is_unmoved if {
	data.config.kind == "rego"
	not _would_be_moved
}

_would_be_moved if {
	answer := data.ratify.policy.valid with input as tree.mended
	_is(answer, true)
}

_violations contains {"code": "ratify.incomplete", "msg": gap.msg, "subject": gap.subject} if {
	some gap in listing.gaps
}

_violations contains {
	"code": "ratify.report",
	"msg": sprintf("%s of %s (%s): %s", [report.name, item.digest, item.artifactType, _words(report)]),
	"term": report.name,
	"subject": item.subject,
	"evidence": [item.digest],
} if {
	not _says
	some item in listing.items
	some report in item.reports
	judgement.failed(report)
}

_violations contains {
	"code": "ratify.report",
	"msg": report.errorReason,
	"subject": input.subject.digest,
} if {
	data.config.kind == "config"
	some report in results.overall.verifierReports
	not report.referenceDigest
}

_violations contains {
	"code": "ratify.unjudged",
	"msg": sprintf("No verifier takes %s (%s), and the policy wants a report of every artifact.", [item.digest, item.artifactType]),
	"term": item.artifactType,
	"subject": item.subject,
	"evidence": [item.digest],
} if {
	not _says
	_is_unmoved
	some item in listing.items
	item.reports == []
}

_violations contains {"code": "ratify.undefined", "msg": "`valid` of package `ratify.policy` is undefined for these reports."} if {
	data.config.kind == "rego"
	not _is_defined
}

# Whatever its value, which may be false.
_is_defined if type_name(_valid) != ""

_violations contains {"code": "ratify.not_boolean", "msg": sprintf("`valid` is neither true nor false, but %s.", [type_name(_valid)])} if {
	_is_defined
	not is_boolean(_valid)
}

_violations contains {
	"code": "ratify.policy",
	"msg": sprintf("`artifactPolicies` want a good report of every %s.", [type]),
	"term": type,
} if {
	data.config.kind == "config"
	some type in results.wanting
}

_violations contains {"code": "ratify.policy", "msg": _refusal} if {
	_is(_valid, false)
	count(listing.gaps) == 0
	not _is_explained
}

_refusal := "The policy said no: nothing is attached that Ratify would list." if {
	listing.items == []
} else := "The policy said no."

_is_explained if {
	some item in listing.items
	some report in item.reports
	judgement.failed(report)
}

_is_explained if {
	_is_unmoved
	some item in listing.items
	item.reports == []
}

_words(report) := concat(": ", [text |
	some text in [report.message, object.get(report, "errorReason", "")]
	text != ""
])

_warnings contains {
	"code": "ratify.unverified",
	"msg": "The policy allows although no verifier found anything good: an image with nothing attached passes.",
	"subject": input.subject.digest,
} if {
	_allowed
	not _is_anything_good
}

_is_anything_good if {
	some item in listing.items
	some report in item.reports
	report.isSuccess
}
