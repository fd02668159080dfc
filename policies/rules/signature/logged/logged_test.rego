package rules.signature.logged_test

import data.rules.signature.logged
import data.testing
import future.keywords.not

_signed(transparency) := object.union(
	testing.approval([testing.key_signer("release", "sha256:k")]),
	{"checks": {"transparency": {"outcome": transparency, "message": ""}}},
)

test_met_if_a_log_holds_it if {
	count(logged.met) == 1 with input as testing.evidence([_signed("passed")]) with data.config as testing.config({}, {})
}

test_not_met[case] if {
	some case, attached in {
		"nobody looked": _signed("skipped"),
		"it is not there": _signed("failed"),
		"it is not there, which was waived": object.union(_signed("failed"), {"relaxed": ["transparency"]}),
		"that could not be told": _signed("errored"),
		"a stranger's is": object.union(_signed("passed"), {"outcome": "present", "signers": []}),
		"an attestation is": object.union(_signed("passed"), {"type": "https://slsa.dev/provenance/v1"}),
	}
	count(logged.met) == 0 with input as testing.evidence([attached]) with data.config as testing.config({}, {})
}

test_says_what_was_found if {
	logged.found == {"a signature (https://sigstore.dev/cosign/sign/v1) that no known log holds"} with input as testing.evidence([
		_signed("passed"), _signed("skipped"),
	])
}
