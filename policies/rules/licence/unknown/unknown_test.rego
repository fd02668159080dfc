package rules.licence.unknown_test

import data.rules.licence.unknown
import data.testing
import future.keywords.not

_config(unknown_) := testing.config({}, {"licences": {"allow": ["MIT", "LicenseRef-known"], "deny": ["AGPL-*"], "unknown": unknown_}})

test_denies[case] if {
	some case, licence in {
		"NOASSERTION": "NOASSERTION",
		"NONE": "NONE",
		"nothing": "",
		"free text": "see the file COPYING",
		"a list of licences that is no text": ["MIT"],
		"an identifier that is not on the SPDX list": "AGPL3",
		"a reference that nobody judged": "LicenseRef-acme",
		"a reference in another document": "DocumentRef-x:LicenseRef-acme",
		"a conjunction with a reference that nobody judged": "MIT AND LicenseRef-acme",
	}
	{finding.advice | some finding in unknown.deny} == {false} with input as testing.evidence([testing.sbom(licence)])
		with data.config as _config("deny")
}

test_lets_pass[case] if {
	some case, licence in {
		"a known licence": "MIT",
		"a denied licence, which is another rule's": "AGPL-3.0-only",
		"a reference that is allowed by name": "LicenseRef-known",
		"a choice that needs no reference": "MIT OR LicenseRef-acme",
	}
	count(unknown.deny) == 0 with input as testing.evidence([testing.sbom(licence)]) with data.config as _config("deny")
}

test_an_empty_allow_list_judges_no_reference if {
	count(unknown.deny) == 1 with input as testing.evidence([testing.sbom("LicenseRef-acme")])
		with data.config as testing.config({}, {"licences": {"allow": [], "deny": [], "unknown": "deny"}})
}

test_a_family_of_references_is_judged if {
	count(unknown.deny) == 0 with input as testing.evidence([testing.sbom("LicenseRef-acme-1")])
		with data.config as testing.config({}, {"licences": {"allow": ["LicenseRef-Acme-*"], "deny": [], "unknown": "deny"}})
}

test_warns_if_told_so if {
	{finding.advice | some finding in unknown.deny} == {true} with input as testing.evidence([testing.sbom("NONE")])
		with data.config as _config("warn")
}

test_ignores_if_told_so if {
	count(unknown.deny) == 0 with input as testing.evidence([testing.sbom("NONE")]) with data.config as _config("ignore")
}

_described(packages) := object.union(testing.spdx(packages), {"documentDescribes": ["SPDXRef-0"]})

test_the_package_that_stands_for_the_whole_needs_no_licence if {
	document := _described([
		{"name": "app", "version": "", "licence": "NOASSERTION"},
		{"name": "libx", "version": "1.2", "licence": "MIT"},
	])
	count(unknown.deny) == 0 with input as testing.evidence([testing.attachment("application/spdx+json", document, {})])
		with data.config as _config("deny")
}

test_a_package_that_is_alone_needs_one if {
	document := _described([{"name": "app", "version": "", "licence": "NOASSERTION"}])
	count(unknown.deny) == 1 with input as testing.evidence([testing.attachment("application/spdx+json", document, {})])
		with data.config as _config("deny")
}
