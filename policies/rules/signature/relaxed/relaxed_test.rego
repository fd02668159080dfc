package rules.signature.relaxed_test

import data.rules.signature.relaxed
import data.testing
import future.keywords.not

_signed(more) := object.union(testing.approval([testing.key_signer("release", "sha256:k")]), more)

_terms(attached, accepted) := terms if {
	terms := {finding.term | some finding in relaxed.deny} with input as testing.evidence([attached])
		with data.config as testing.config({}, {"signature": {"relaxed": accepted}})
}

test_denies[case] if {
	some case, c in {
		"what was waived": [_signed({"relaxed": ["transparency"]}), [], {"transparency"}],
		"what was waived and not accepted": [_signed({"relaxed": ["transparency", "sct"]}), ["sct"], {"transparency"}],
		"what was waived for an attestation": [object.union(testing.attested(testing.sbom("MIT"), []), {"relaxed": ["expiry"]}), [], {"expiry"}],
		"what was waived for a signature on evidence": [_signed({"relaxed": ["timestamp"], "subject": testing.other, "subjects": [testing.other]}), [], {"timestamp"}],
	}
	_terms(c[0], c[1]) == c[2]
}

test_lets_pass[case] if {
	some case, c in {
		"what was not": [_signed({}), []],
		"what is accepted": [_signed({"relaxed": ["transparency"]}), ["transparency"]],
		"what did not verify anyway": [_signed({"outcome": "present", "signers": [], "relaxed": ["transparency"]}), []],
	}
	_terms(c[0], c[1]) == set()
}

test_names_the_signer if {
	[finding] := [finding | some finding in relaxed.deny] with input as testing.evidence([_signed({"relaxed": ["transparency"]})])
		with data.config as testing.config({}, {})
	finding.arguments == {"type": "https://sigstore.dev/cosign/sign/v1", "check": "transparency", "signers": "key|sha256:k"}
	finding.subject == testing.subject
}
