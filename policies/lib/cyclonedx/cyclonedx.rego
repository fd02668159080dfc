# METADATA
# title: CycloneDX
# description: CycloneDX 1.4 to 1.7 as JSON, https://cyclonedx.org/docs/1.7/json/.
package lib.cyclonedx

import data.lib.text
import future.keywords.not

# METADATA
# title: Header
# description: Undefined for a document that is not CycloneDX, or whose components are nested deeper than is read.
header(document) := {
	"format": concat("-", ["CycloneDX", document.specVersion]),
	"name": text.at(document, ["metadata", "component", "name"]),
	"created": text.at(document, ["metadata", "timestamp"]),
	"packages": sum([count(_packages(level)) | some level in levels]),
} if {
	document.bomFormat == "CycloneDX"
	levels := _levels(document)
	not _deeper(levels)
}

# METADATA
# title: Exploitability only
# description: Whether the document speaks of vulnerabilities and lists nothing, as a CycloneDX VEX does.
exploitability_only(document) if {
	is_array(document.vulnerabilities)
	count(object.get(document, "components", [])) == 0
}

# METADATA
# title: Packages
# description: Normal forms of its components, nested ones too.
packages(document) := [package_ |
	some level in _levels(document)
	some raw in _packages(level)
	package_ := {
		"name": _name(raw),
		"version": text.of(raw, "version"),
		"purl": text.of(raw, "purl"),
		"licences": _licences(raw),
		"scope": text.of(raw, "scope"),
	}
]

# Files and the operating system stand beside the packages; where nobody says a licence, they have none to judge.
_packages(level) := [raw |
	some raw in level
	not _beside(raw)
]

_beside(raw) if {
	_types_beside[raw.type]
	not raw.licenses
}

_types_beside := {"file", "operating-system"}

# Components level by level: one comprehension each is cheaper than `walk`, and a bounded depth cannot be abused.
# Real documents nest two or three levels; what lies deeper makes the whole document count as not understood.
_levels(document) := [first, second, third, fourth, fifth, sixth] if {
	first := _list(document, "components")
	second := _nested(first)
	third := _nested(second)
	fourth := _nested(third)
	fifth := _nested(fourth)
	sixth := _nested(fifth)
}

_list(object_, key) := value if {
	value := object_[key]
	is_array(value)
} else := []

_nested(components) := [child | some component in components; some child in component.components]

_deeper(levels) if count(_nested(levels[5])) > 0

_name(raw) := concat("/", [raw.group, text.of(raw, "name")]) if {
	text.of(raw, "group") != ""
} else := text.of(raw, "name")

# Every entry of `licenses` applies: 1.7 allows expressions beside licences, and none of them says "or".
_licences(raw) := licences if {
	licences := [_expression(entry) | some entry in raw.licenses]
	count(licences) > 0
} else := ["NOASSERTION"]

_expression(entry) := text.first([
	text.at(entry, ["license", "id"]),
	text.of(entry, "expression"),
	text.at(entry, ["license", "name"]),
	"NOASSERTION",
])

# METADATA
# title: Statements
# description: What its vulnerabilities say under `analysis`, in the words of OpenVEX.
statements(document) := [{
	"vulnerabilities": ({text.of(vulnerability, "id")} | {id | some reference in vulnerability.references; id := reference.id}),
	"status": object.get(_statuses, text.at(vulnerability, ["analysis", "state"]), ""),
	"justification": text.at(vulnerability, ["analysis", "justification"]),
	"products": [{"names": _affected(text.of(affected, "ref")), "parts": []} | some affected in vulnerability.affects],
	"time": text.first([
		text.at(vulnerability, ["analysis", "lastUpdated"]),
		text.at(vulnerability, ["analysis", "firstIssued"]),
		text.at(document, ["metadata", "timestamp"]),
	]),
} |
	some vulnerability in document.vulnerabilities
	vulnerability.analysis
]

_statuses := {
	"not_affected": "not_affected",
	"false_positive": "not_affected",
	"resolved": "fixed",
	"resolved_with_pedigree": "fixed",
	"exploitable": "affected",
	"in_triage": "under_investigation",
}

# A component of this document, or a BOM-Link (`urn:cdx:serial/version#ref`). Most tools take the purl for the reference.
_affected(ref) := {ref, split(ref, "#")[count(split(ref, "#")) - 1]}
