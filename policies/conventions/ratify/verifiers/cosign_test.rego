package conventions.ratify.verifiers.cosign_test

import data.conventions.ratify.testing
import data.conventions.ratify.verifiers.cosign
import rego.v1

_type := "application/vnd.dev.cosign.artifact.sig.v1+json"

_entry(policies) := testing.verifier("cosign", [_type], {"trustPolicies": policies})

_policy(name, scopes, trust) := {"name": name, "scopes": scopes, "trust": trust}

_answer(entry, reports) := answer if {
	artifact := testing.artifact("a", _type, {"reports": reports})
	answer := cosign.answer(entry, artifact) with input as testing.evidence([artifact])
}

_good(trust, kind) := testing.report("sigstore", "verified", {"signers": [testing.signer(trust, kind)]})

_bad := testing.report("sigstore", "present", {})

_all := [_policy("default", ["*"], ["release"])]

test_a_signature_by_whom_the_policy_names if {
	_answer(_entry(_all), [_good("release", "key")]) == {
		"isSuccess": true,
		"message": "Verification success. Valid signatures found. Please refer to extensions field for verifications performed.",
		"extensions": {
			"trustPolicy": "default",
			"signatures": [{"signature": "", "verifications": [{
				"isSuccess": true,
				"bundleVerified": false,
				"signatureDigest": "sha256:1a7e5",
				"keyInformation": {"provider": "", "name": "release", "version": ""},
				"summary": [
					"The cosign claims were validated.",
					"The signatures were verified against the specified public key.",
				],
			}]}],
		},
	}
}

test_a_logged_signature_by_a_certificate if {
	logged := object.union(_good("release", "keyless"), {"checks": {"transparency": {"outcome": "passed"}}})
	answer := _answer(_entry(_all), [logged])
	[verification] := answer.extensions.signatures[0].verifications
	verification.bundleVerified
	verification.summary == [
		"The cosign claims were validated.",
		"Existence of the claims in the transparency log was verified offline.",
		"The code-signing certificate was verified using trusted certificate authority certificates.",
	]
}

# Ratify takes the last one's word.
test_any_signature_counts[order] if {
	some order, reports in {"first": [_good("release", "key"), _bad], "last": [_bad, _good("release", "key")]}
	answer := _answer(_entry(_all), reports)
	answer.isSuccess
	[verification.isSuccess |
		some signature in answer.extensions.signatures
		some verification in signature.verifications
	] == {"first": [true, false], "last": [false, true]}[order]
}

test_no_signature_that_counts[case] if {
	some case, reports in {
		"none": [],
		"by nobody known": [_bad],
		"by another trust": [_good("stranger", "key")],
		"broken": [testing.report("sigstore", "failed", {})],
		"said by another verifier": [object.union(_good("release", "key"), {"verifier": {"name": "other"}})],
	}
	answer := _answer(_entry(_all), reports)
	not answer.isSuccess
	answer.message == "Failed to validate the Cosign signature"
	answer.errorReason == "no valid Cosign signatures found"
	answer.extensions.trustPolicy == "default"
}

test_an_error_is_told if {
	answer := _answer(_entry(_all), [_bad])
	answer.extensions.signatures[0].verifications[0].error == "sigstore says present"
}

test_a_good_signature_that_does_not_count_is_told if {
	answer := _answer(_entry(_all), [_good("stranger", "key")])
	error := answer.extensions.signatures[0].verifications[0].error
	error == "sigstore says verified, whom the trust policy default does not name"
}

test_the_policy_of_the_narrowest_scope[case] if {
	some case, [scopes, name] in {
		"exactly": [["registry.example/acme/app:1.4"], "scoped"],
		"by prefix": [["registry.example/acme/*"], "scoped"],
		"one of several": [["other.example/*", "registry.example/acme/app:1.4"], "scoped"],
		"another image": [["registry.example/acme/app:1.5"], "default"],
		"a part is no prefix": [["example/acme/*"], "default"],
		"no pattern within": [["registry.example/*/app:1.4"], "default"],
	}
	policies := [_policy("default", ["*"], ["release"]), _policy("scoped", scopes, ["release"])]
	_answer(_entry(policies), [_good("release", "key")]).extensions.trustPolicy == name
}

test_the_chosen_policy_alone_counts if {
	policies := [_policy("default", ["*"], ["release"]), _policy("scoped", ["registry.example/*"], ["team"])]
	not _answer(_entry(policies), [_good("release", "key")]).isSuccess
}

test_no_policy_for_the_image if {
	answer := _answer(_entry([_policy("scoped", ["other.example/*"], ["release"])]), [_good("release", "key")])
	answer == {
		"message": "Failed to validate the Cosign signature",
		"errorReason": "No policy found for the artifact registry.example/acme/app:1.4",
	}
}

test_legacy if {
	entry := testing.verifier("cosign", [_type], {"legacy": true})
	_answer(entry, [_bad, _good("whichever", "key")]) == {
		"isSuccess": true,
		"message": "Verification success. Valid signatures found",
		"extensions": {"signatures": [
			{"signatureDigest": "sha256:1a7e5", "isSuccess": false, "bundleVerified": false, "error": "sigstore says present"},
			{
				"signatureDigest": "sha256:1a7e5", "isSuccess": true, "bundleVerified": false,
				"summary": ["The cosign claims were validated.", "The signatures were verified against the specified public key."],
			},
		]},
	}
	_answer(entry, [_bad]).errorReason == "no valid signatures found"
}
