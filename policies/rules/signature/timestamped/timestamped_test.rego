package rules.signature.timestamped_test

import data.rules.signature.timestamped
import data.testing
import future.keywords.not

_signer(trust, more) := object.union(testing.key_signer(trust, "sha256:k"), more)

_trusted := {"time": "2026-11-20T10:00:00.000Z", "timeSource": "timestamp-authority"}

_met(signers) := met if {
	met := {element.signers | some element in timestamped.met} with input as testing.evidence([testing.approval(signers)])
		with data.config as testing.config({}, {})
}

test_met_if_a_time_is_known if {
	_met([_signer("release", _trusted)]) == {{_signer("release", _trusted)}}
}

test_not_met[case] if {
	some case, more in {
		"no time": {},
		"a time that nobody vouches for": {"time": "2026-11-20T10:00:00.000Z"},
		"a source without a time": {"timeSource": "timestamp-authority"},
		"a time that cannot be read": {"time": "yesterday", "timeSource": "transparency-log"},
	}
	_met([_signer("release", more)]) == set()
}

test_a_time_counts_only_for_the_trust_that_knows_it if {
	_met([_signer("release", _trusted), _signer("other", {})]) == {{_signer("release", _trusted)}}
}

test_says_what_was_found if {
	timestamped.found == {"a signature (https://sigstore.dev/cosign/sign/v1) by key|sha256:k, without a trusted time"} with input as testing.evidence([testing.approval([
		_signer("release", {}), _signer("other", _trusted),
	])])
}
