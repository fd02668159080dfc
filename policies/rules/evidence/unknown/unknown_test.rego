package rules.evidence.unknown_test

import data.rules.evidence.unknown
import data.testing
import future.keywords.not

_notes := testing.attachment("application/vnd.acme.notes+json", {"text": "hello"}, {})

test_denies_a_type_that_nobody_knows if {
	{finding.term | some finding in unknown.deny} == {"application/vnd.acme.notes+json"} with input as testing.evidence([_notes])
		with data.config as testing.config({}, {})
}

test_lets_pass[case] if {
	some case, attachments in {
		"types that the library knows": [testing.sbom("MIT"), testing.provenance("b", "r", "f", "c"), testing.grype("", [])],
		"what was not read, which is another rule's": [object.union(_notes, {"read": false})],
	}
	count(unknown.deny) == 0 with input as testing.evidence(attachments) with data.config as testing.config({}, {})
}

test_lets_pass_a_type_that_is_ignored if {
	count(unknown.deny) == 0 with input as testing.evidence([_notes])
		with data.config as testing.config({}, {"ignoredTypes": ["application/vnd.acme.*"]})
}
