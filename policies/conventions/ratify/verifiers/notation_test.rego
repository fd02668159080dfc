package conventions.ratify.verifiers.notation_test

import data.conventions.ratify.testing
import data.conventions.ratify.verifiers.notation
import rego.v1

_entry := testing.verifier("notation", [testing.notation_type], {})

_signature(reports) := testing.artifact("a", testing.notation_type, {"reports": reports})

test_verified if {
	reports := [testing.report("notation", "verified", {"signers": [testing.signer("acme", "certificate")]})]
	notation.answer(_entry, _signature(reports)) == {
		"isSuccess": true,
		"message": "Notation signature verification success",
		"extensions": {"Issuer": "CN=authority,O=Acme,C=US", "SN": "CN=signer,O=Acme,C=US"},
	}
}

test_not_verified[case] if {
	some case, reports in {
		"nobody known": [testing.report("notation", "present", {})],
		"broken": [testing.report("notation", "failed", {})],
		"untold": [testing.report("notation", "errored", {})],
		"another verifier's word": [testing.report("release", "verified", {"signers": [testing.signer("acme", "certificate")]})],
		"nothing": [],
	}
	answer := notation.answer(_entry, _signature(reports))
	not answer.isSuccess
	answer.message == "Failed to validate the Notation signature: sha256:a"
	answer.errorReason == concat("; ", [report.message | some report in reports])
}
