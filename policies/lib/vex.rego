package lib

import data.lib.cyclonedx
import data.lib.openvex
import future.keywords.not

# METADATA
# title: VEX statements
# description: >-
#   What OpenVEX and CycloneDX documents say of single vulnerabilities. `content` is `vulnerabilities` (name and aliases), `status`
#   (`not_affected`, `fixed`, `affected`, `under_investigation`), `justification`, `time` and `products`: `names` of each, and
#   the names of its `parts` to which the statement is limited.
vex := [element |
	some document in documents
	some content in _statements(document)
	element := {
		"artifact": document.artifact,
		"report": document.report,
		"subject": document.subject,
		"signers": document.signers,
		"content": content,
	}
]

_statements(document) := openvex.statements(document.content) if {
	document.family == "openvex"
} else := cyclonedx.statements(document.content) if {
	document.family == "cyclonedx"
} else := []

# METADATA
# title: Excuses
# description: >-
#   Testimonies of the VEX statements by which a finding does not apply, for the `excuses` of an element of `deny`. A statement counts
#   if it names the vulnerability and either the package or the subject itself, and if nobody says the contrary at the same time or later.
#   Who may excuse, `main` decides.
excuses(finding) := [testimony(vex[i]) |
	some i in _relevant(finding)
	_excusing[vex[i].content.status]
	time.parse_rfc3339_ns(vex[i].content.time) <= now
	not _contradicted(i, _relevant(finding))
]

_excusing := {"not_affected", "fixed"}

_contradicted(i, relevant) if {
	some j in relevant
	not _excusing[vex[j].content.status]
	not _earlier(vex[j], vex[i])
}

_earlier(one, other) if time.parse_rfc3339_ns(one.content.time) < time.parse_rfc3339_ns(other.content.time)

_relevant(finding) := {i |
	some id in (finding.content.aliases | {finding.content.id})
	some i in _vex_about[id]
	vex[i].subject == finding.subject
	some product in vex[i].content.products
	_concerns(product, finding)
}

# Vulnerability -> statements about it.
_vex_about[vulnerability] contains i if {
	some i, statement in vex
	some vulnerability in statement.content.vulnerabilities
	vulnerability != ""
}

_concerns(product, finding) if {
	some name in product.names
	_purls(finding)[name]
}

_concerns(product, finding) if {
	some name in product.names
	_names_subject(name, finding.subject)
	_limited(product.parts, finding)
}

# A digest is in the name: a purl such as `pkg:oci/app@sha256%3A…`, a reference, a hash.
_names_subject(name, subject) if {
	encoded := split(subject, ":")[1]
	contains(lower(name), encoded)
}

_limited([], _)

_limited(parts, finding) if {
	some names in parts
	some name in names
	_purls(finding)[name]
}

# A product may be named without version or qualifiers; then it stands for all of them.
_purls(finding) := {purl, unqualified, split(unqualified, "@")[0]} - {""} if {
	purl := finding.content.purl
	unqualified := split(split(purl, "?")[0], "#")[0]
}
