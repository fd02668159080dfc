package rules.provenance.present_test

import data.rules.provenance.present
import data.testing
import future.keywords.not

test_met[case] if {
	some case, attached in {
		"v1": testing.provenance("b", "r", "f", "c"),
		"v0.2": testing.attachment("https://slsa.dev/provenance/v0.2", {"builder": {"id": "b"}}, {}),
		"v0.1": testing.attachment("https://slsa.dev/provenance/v0.1", {"builder": {"id": "b"}}, {}),
	}
	count(present.met) == 1 with input as testing.evidence([attached])
}

test_not_met[case] if {
	some case, attached in {
		"an SBOM": testing.sbom("MIT"),
		"a predicate that is a text": testing.attachment("https://slsa.dev/provenance/v1", "trust me", {}),
		"a provenance that failed": object.union(testing.provenance("b", "r", "f", "c"), {"outcome": "failed"}),
		"a provenance of something else": object.union(testing.provenance("b", "r", "f", "c"), {"subjects": [testing.other]}),
	}
	count(present.met) == 0 with input as testing.evidence([attached])
}
