package rules.signature.vouched_test

import data.rules.signature.vouched
import data.testing
import future.keywords.not

_signer := testing.key_signer("release", "sha256:k")

test_met[case] if {
	some case, attached in {
		"a signature": testing.approval([_signer]),
		"an attestation": testing.attested(testing.sbom("MIT"), [_signer]),
		"an attestation of a type that the library does not know": testing.attested(
			testing.attachment("https://acme.example/tested/v1", {}, {}),
			[_signer],
		),
		"an attestation that was not understood": object.union(testing.attested(testing.sbom("MIT"), [_signer]), {"read": false}),
	}
	{[element.type, element.signers] | some element in vouched.met} == {[attached.type, {_signer}]} with input as testing.evidence([attached])
}

test_not_met[case] if {
	some case, attached in {
		"something that nobody signed": testing.sbom("MIT"),
		"an attestation that is bad": object.union(testing.attested(testing.sbom("MIT"), []), {"outcome": "failed"}),
		"an attestation about something else": object.union(testing.attested(testing.sbom("MIT"), [_signer]), {"subjects": [testing.other]}),
	}
	count(vouched.met) == 0 with input as testing.evidence([attached])
}

test_says_what_was_found if {
	vouched.found == {
		"application/spdx+json: as the test says",
		"https://sigstore.dev/cosign/sign/v1: as the test says",
		"something that could not be checked: as the test says",
	} with input as testing.evidence([
		testing.sbom("MIT"),
		object.union(testing.approval([]), {"outcome": "failed"}),
		object.union(testing.sbom("MIT"), {"outcome": "errored"}),
	])
}
