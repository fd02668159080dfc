package lib.spdx3_test

import data.lib.spdx3
import future.keywords.not

_info := {"type": "CreationInfo", "@id": "_:info", "specVersion": "3.0.1", "created": "2026-01-01T00:00:00Z"}

_whole := {"type": "SpdxDocument", "spdxId": "urn:doc", "name": "app", "rootElement": ["urn:sbom"]}

_sbom := {"type": "software_Sbom", "spdxId": "urn:sbom", "rootElement": ["urn:app"]}

_package(id, name) := {
	"type": "software_Package", "spdxId": id, "name": name, "software_packageVersion": "1.2",
	"software_packageUrl": concat("", ["pkg:npm/", name, "@1.2"]),
}

_relationship(kind, from, to) := {"type": "Relationship", "relationshipType": kind, "from": from, "to": to}

_expression(id, text) := {"type": "simplelicensing_LicenseExpression", "spdxId": id, "simplelicensing_licenseExpression": text}

_document(more) := {"@graph": array.concat([_info, _whole, _sbom, _package("urn:app", "app"), _package("urn:libx", "libx")], more)}

_licences(more) := licences if {
	document := _document(more)
	packages := spdx3.packages("sha256:d", document) with input as {"documents": {"sha256:d": document, "sha256:e": {"@graph": "none"}}}
	licences := {licence | some licence in packages[1].licences}
}

test_header if {
	spdx3.header(_document([])) == {"format": "SPDX-3.0.1", "name": "app", "created": "2026-01-01T00:00:00Z", "packages": 2}
}

test_no_header[case] if {
	some case, document in {
		"of SPDX 2": {"spdxVersion": "SPDX-2.3", "packages": []},
		"without a graph": {"@graph": {}},
		"of another version": {"@graph": [object.union(_info, {"specVersion": "4.0"})]},
		"without a version": {"@graph": [_package("urn:app", "app")]},
	}
	not spdx3.header(document)
}

test_packages if {
	document := _document([])
	packages := spdx3.packages("sha256:d", document) with input as {"documents": {"sha256:d": document}}
	packages == [
		{"name": "app", "version": "1.2", "purl": "pkg:npm/app@1.2", "licences": ["NOASSERTION"], "scope": "subject"},
		{"name": "libx", "version": "1.2", "purl": "pkg:npm/libx@1.2", "licences": ["NOASSERTION"], "scope": ""},
	]
}

test_licences[case] if {
	some case, c in {
		"concluded goes before declared": {
			"more": [
				_expression("urn:mit", "MIT"), _expression("urn:gpl", "GPL-3.0-only"),
				_relationship("hasDeclaredLicense", "urn:libx", ["urn:gpl"]),
				_relationship("hasConcludedLicense", "urn:libx", ["urn:mit"]),
			],
			"want": {"MIT"},
		},
		"declared, if the conclusion says nothing": {
			"more": [
				_expression("urn:mit", "MIT"),
				_relationship("hasDeclaredLicense", "urn:libx", ["urn:mit"]),
				_relationship("hasConcludedLicense", "urn:libx", ["https://spdx.org/rdf/3.0.1/terms/Licensing/NoAssertion"]),
			],
			"want": {"MIT"},
		},
		"several all apply": {
			"more": [
				_expression("urn:mit", "MIT"), _expression("urn:isc", "ISC"),
				_relationship("hasDeclaredLicense", "urn:libx", ["urn:mit", "urn:isc"]),
			],
			"want": {"MIT", "ISC"},
		},
		"a licence of the SPDX list": {
			"more": [_relationship("hasDeclaredLicense", "urn:libx", ["https://spdx.org/licenses/Apache-2.0"])],
			"want": {"Apache-2.0"},
		},
		"an element that stands for one of the list": {
			"more": [
				{"type": "expandedlicensing_ListedLicense", "spdxId": "urn:l", "name": "MIT"},
				_relationship("hasDeclaredLicense", "urn:libx", ["urn:l"]),
			],
			"want": {"MIT"},
		},
		"the element that says nothing": {
			"more": [_relationship(
				"hasDeclaredLicense",
				"urn:libx",
				["https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"],
			)],
			"want": {"NOASSERTION"},
		},
		"what is no expression stays what it is": {
			"more": [_relationship("hasDeclaredLicense", "urn:libx", ["urn:own-licence"])],
			"want": {"urn:own-licence"},
		},
		"an identifier used twice gives both": {
			"more": [
				_expression("urn:mit", "MIT"), _expression("urn:mit", "AGPL-3.0-only"),
				_relationship("hasDeclaredLicense", "urn:libx", ["urn:mit"]),
			],
			"want": {"MIT", "AGPL-3.0-only"},
		},
		"what is no text": {
			"more": [
				{"type": "simplelicensing_LicenseExpression", "spdxId": "urn:l", "simplelicensing_licenseExpression": ["MIT"]},
				_relationship("hasDeclaredLicense", "urn:libx", ["urn:l", 7]),
			],
			"want": {"", "NOASSERTION"},
		},
		"another package's": {
			"more": [_expression("urn:mit", "MIT"), _relationship("hasDeclaredLicense", "urn:app", ["urn:mit"])],
			"want": {"NOASSERTION"},
		},
	}
	_licences(c.more) == c.want
}

test_two_roots_stand_for_nothing if {
	document := _document([object.union(_sbom, {"spdxId": "urn:sbom2", "rootElement": ["urn:libx"]})])
	packages := spdx3.packages("sha256:d", document) with input as {"documents": {"sha256:d": document}}
	[package_.scope | some package_ in packages] == ["", ""]
}

test_a_package_is_never_left_out if {
	document := {"@graph": [_info, {"type": "software_Package"}]}
	packages := spdx3.packages("sha256:d", document) with input as {"documents": {"sha256:d": document}}
	packages == [{"name": "", "version": "", "purl": "", "licences": ["NOASSERTION"], "scope": ""}]
}
