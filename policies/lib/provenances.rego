package lib

import data.lib.slsa
import data.lib.text
import future.keywords.not

# METADATA
# title: Provenances
# description: >-
#   SLSA provenance v0.1, v0.2 and v1. `content` is `builder`, `buildType`, `source` (`repository` without scheme prefix, `.git` and ref;
#   `ref`; `commit`), `materials` (`uri`, `digest`), `invocation`, `started`, `finished`. What is not told is `""`.
provenances := [element |
	some document in documents
	document.family == "provenance"
	content := slsa.normal(document.report.type, document.content)
	element := {
		"artifact": document.artifact,
		"report": document.report,
		"subject": document.subject,
		"signers": document.signers,
		"content": content,
	}
]

# METADATA
# title: Expected provenances
# description: >-
#   Those that fit every list of `data.config.provenance` that is not empty. All rules about provenance rest on these, so that
#   no two provenances together satisfy what none of them does.
expected_provenances := [provenance |
	some provenance in provenances
	_expected(data.config.provenance.builders, provenance.content.builder)
	_expected(data.config.provenance.buildTypes, provenance.content.buildType)
	_expected(data.config.provenance.repositories, provenance.content.source.repository)
	_expected(data.config.provenance.refs, provenance.content.source.ref)
]

_expected([], _)

_expected(patterns, value) if {
	some pattern in patterns
	text.matches(pattern, value)
}
