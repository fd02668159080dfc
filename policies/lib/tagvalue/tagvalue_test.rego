package lib.tagvalue_test

import data.lib.tagvalue
import future.keywords.not

_document := [{"tag": tag, "value": value} |
	some [tag, value] in [
		["SPDXVersion", "SPDX-2.3"],
		["DocumentName", "app"],
		["Created", "2026-01-01T00:00:00Z"],
		["PackageName", "app"],
		["SPDXID", "SPDXRef-app"],
		["PackageLicenseConcluded", "NOASSERTION"],
		["PackageName", "libx"],
		["SPDXID", "SPDXRef-libx"],
		["PackageVersion", "1.2"],
		["PackageLicenseConcluded", "NOASSERTION"],
		["PackageLicenseDeclared", "MIT OR Apache-2.0"],
		["ExternalRef", "SECURITY cpe23Type cpe:2.3:a:x:x:*"],
		["ExternalRef", "PACKAGE-MANAGER purl pkg:npm/libx@1.2"],
		["FileName", "./a.js"],
		["LicenseConcluded", "GPL-3.0-only"],
		["PackageName", "libx"],
		["PackageVersion", "1.3"],
		["PackageLicenseDeclared", "NONE"],
		["Relationship", "SPDXRef-DOCUMENT DESCRIBES SPDXRef-app"],
	]
]

test_header if {
	tagvalue.header(_document) == {"format": "SPDX-2.3", "name": "app", "created": "2026-01-01T00:00:00Z", "packages": 3}
}

test_no_header_of_another_list[case] if {
	some case, document in {
		"empty": [],
		"of another version": [{"tag": "SPDXVersion", "value": "SPDX-3.0"}],
		"of something else": ["SPDXVersion", null],
	}
	not tagvalue.header(document)
}

test_packages if {
	tagvalue.packages(_document) == [
		{"name": "app", "version": "", "purl": "", "licences": ["NOASSERTION"], "scope": "subject"},
		{"name": "libx", "version": "1.2", "purl": "pkg:npm/libx@1.2", "licences": ["MIT OR Apache-2.0"], "scope": ""},
		{"name": "libx", "version": "1.3", "purl": "", "licences": ["NONE"], "scope": ""},
	]
}

test_a_package_that_is_alone_does_not_stand_for_the_whole if {
	[package_] := tagvalue.packages(array.concat(array.slice(_document, 0, 6), [{
		"tag": "Relationship",
		"value": "SPDXRef-DOCUMENT DESCRIBES SPDXRef-app",
	}]))
	package_.scope == ""
}

test_no_packages if tagvalue.packages([]) == []
