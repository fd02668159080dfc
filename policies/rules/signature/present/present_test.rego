package rules.signature.present_test

import data.rules.signature.present
import data.testing
import future.keywords.not

_signer := testing.key_signer("release", "sha256:k")

_of(type) := testing.attachment(type, {}, {"outcome": "verified", "signers": [_signer]})

test_met[case] if {
	some case, attached in {
		"a signature of cosign 3": testing.approval([_signer]),
		"a signature of older cosign": _of("application/vnd.dev.cosign.simplesigning.v1+json"),
		"a signature of Notation": _of("application/vnd.cncf.notary.payload.v1+json"),
		"a bundle over the manifest itself": _of("application/vnd.dev.sigstore.bundle.v0.3+json"),
		"such a bundle, spelt otherwise": _of("application/vnd.dev.sigstore.bundle+json"),
		"an older bundle": _of("application/vnd.dev.sigstore.bundle.v0.1+json"),
		"a bundle in between": _of("application/vnd.dev.sigstore.bundle.v0.2+json"),
		"a detached signature": _of("application/vnd.dev.sigstore.signature"),
		"a detached signature with its certificate": _of("application/vnd.dev.cosign.blob-bundle+json"),
	}
	{element.signers | some element in present.met} == {{_signer}} with input as testing.evidence([attached])
}

test_not_met[case] if {
	some case, attached in {
		"an attestation": testing.attested(testing.sbom("MIT"), [_signer]),
		"a signature by nobody whom we know": object.union(testing.approval([]), {"outcome": "present"}),
		"a signature that is bad": object.union(testing.approval([]), {"outcome": "failed"}),
		"a signature that could not be checked": object.union(testing.approval([]), {"outcome": "errored"}),
		"a signature of something else": object.union(testing.approval([_signer]), {"subjects": [testing.other]}),
		"a bundle of a version that nobody knows": _of("application/vnd.dev.sigstore.bundle.v0.9+json"),
	}
	count(present.met) == 0 with input as testing.evidence([attached])
}

test_says_what_was_found if {
	present.found == {
		"a signature that does not count (https://sigstore.dev/cosign/sign/v1): as the test says",
		"a signature that is bad (https://sigstore.dev/cosign/sign/v1): as the test says",
		"something that could not be checked: as the test says",
	} with input as testing.evidence([
		object.union(testing.approval([]), {"outcome": "present"}),
		object.union(testing.approval([]), {"outcome": "failed"}),
		object.union(testing.approval([]), {"outcome": "errored"}),
		testing.sbom("MIT"),
		object.union(testing.sbom("MIT"), {"outcome": "failed"}),
	])
}
