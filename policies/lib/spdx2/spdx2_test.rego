package lib.spdx2_test

import data.lib.spdx2
import future.keywords.not

_package(more) := spdx2.packages({"spdxVersion": "SPDX-2.3", "packages": [more]})[0]

test_header if {
	spdx2.header({
		"spdxVersion": "SPDX-2.2", "name": "app",
		"creationInfo": {"created": "2026-01-01T00:00:00Z"}, "packages": [{}, {}],
	}) == {"format": "SPDX-2.2", "name": "app", "created": "2026-01-01T00:00:00Z", "packages": 2}
}

test_no_header[case] if {
	some case, document in {
		"of another format": {"bomFormat": "CycloneDX", "packages": []},
		"of SPDX 3": {"spdxVersion": "SPDX-3.0", "packages": []},
		"without packages": {"spdxVersion": "SPDX-2.3"},
		"with packages that are no list": {"spdxVersion": "SPDX-2.3", "packages": {"a": {}}},
	}
	not spdx2.header(document)
}

test_package if {
	_package({
		"SPDXID": "SPDXRef-x", "name": "libx", "versionInfo": "1.2", "licenseConcluded": "NOASSERTION", "licenseDeclared": "MIT",
		"externalRefs": [
			{"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:x:x:*"},
			{"referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/libx@1.2"},
		],
	}) == {"name": "libx", "version": "1.2", "purl": "pkg:npm/libx@1.2", "licences": ["MIT"], "scope": ""}
}

test_a_package_is_never_left_out[case] if {
	some case, raw in {
		"empty": {},
		"a text": "libx",
		"null": null,
		"with members of other types": {
			"name": 7, "versionInfo": {}, "licenseDeclared": ["MIT"], "licenseConcluded": 1, "externalRefs": "purl",
		},
		"with references of other types": {"externalRefs": [null, "purl", {"referenceType": "purl", "referenceLocator": 1}]},
	}
	_package(raw) == {"name": "", "version": "", "purl": "", "licences": ["NOASSERTION"], "scope": ""}
}

_scopes(more) := [package_.scope |
	some package_ in spdx2.packages(object.union({"packages": [{"SPDXID": "SPDXRef-a"}, {"SPDXID": "SPDXRef-b"}]}, more))
]

_describes(id) := {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": id}

test_the_described_package_stands_for_the_whole[case] if {
	some case, more in {
		"by a relationship": {"relationships": [_describes("SPDXRef-a")]},
		"by a list": {"documentDescribes": ["SPDXRef-a"]},
		"by both": {"documentDescribes": ["SPDXRef-a"], "relationships": [_describes("SPDXRef-a")]},
	}
	_scopes(more) == ["subject", ""]
}

test_no_package_stands_for_the_whole[case] if {
	some case, more in {
		"if two are described": {"documentDescribes": ["SPDXRef-a", "SPDXRef-b"]},
		"if none is described": {},
		"if something else describes it": {"relationships": [object.union(_describes("SPDXRef-a"), {"spdxElementId": "SPDXRef-b"})]},
	}
	_scopes(more) == ["", ""]
}
