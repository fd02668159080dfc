package rules.sbom.read_test

import data.rules.sbom.read
import data.testing
import future.keywords.not

test_met[case] if {
	some case, attachments in {
		"an SBOM with a package": [testing.sbom("MIT")],
		"two SBOMs, one of them empty": [testing.sbom("MIT"), testing.attachment("application/spdx+json", testing.spdx([]), {})],
	}
	count(read.met) == 1 with input as testing.evidence(attachments)
}

test_not_met[case] if {
	some case, attachments in {
		"no SBOM": [],
		"an SBOM without packages": [testing.attachment("application/spdx+json", testing.spdx([]), {})],
		"an SBOM that nobody understood": [testing.attachment("application/vnd.cyclonedx+xml", {}, {"read": false})],
		"an SBOM that nobody understood beside one that was read": [
			testing.sbom("MIT"),
			testing.attachment("application/vnd.cyclonedx+xml", {}, {"read": false}),
		],
		"something that claims to be SPDX and is not": [testing.attachment("application/spdx+json", {"packages": [{}]}, {})],
		"packages that are a text": [testing.attachment("application/spdx+json", {"spdxVersion": "SPDX-2.3", "packages": "libx"}, {})],
		"components nested deeper than is read": [testing.attachment(
			"application/vnd.cyclonedx+json",
			{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [_nested(7)]},
			{},
		)],
	}
	count(read.met) == 0 with input as testing.evidence(attachments)
}

test_not_met_for_a_child_if_one_of_the_index_was_not_understood if {
	count(read.met) == 0 with input as testing.evidence_about([testing.other], [
		object.union(testing.sbom("MIT"), {"subjects": [testing.other]}),
		testing.attachment("application/vnd.cyclonedx+xml", {}, {"read": false}),
	])
}

test_says_what_was_not_understood if {
	read.found == {"application/vnd.cyclonedx+xml that was not understood"} with input as testing.evidence([testing.attachment(
		"application/vnd.cyclonedx+xml",
		{},
		{"read": false},
	)])
}

_nested(7) := json.unmarshal(concat("", array.concat(
	[`{"name":"a","components":[` | some _ in numbers.range(1, 6)],
	array.concat([`{"name":"deep"}`], [`]}` | some _ in numbers.range(1, 6)]),
)))
