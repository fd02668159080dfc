package rules.signature.recent_test

import data.rules.signature.recent
import data.testing
import future.keywords.not

_signed(time) := testing.approval([object.union(
	testing.key_signer("release", "sha256:k"),
	{"time": time, "timeSource": "transparency-log"},
)])

_config := testing.config({}, {"signature": {"maxAge": 24}})

test_met_until_it_is_too_old if {
	{time.format(element.expires) | some element in recent.met} == {"2026-11-21T12:00:00Z"} with input as testing.evidence([_signed("2026-11-20T12:00:00.000Z")])
		with data.config as _config
}

test_not_met[case] if {
	some case, attached in {
		"it is too old": _signed("2026-11-20T09:59:59.000Z"),
		"it lies ahead": _signed("2026-11-21T10:06:00.000Z"),
		"its time is not known": testing.approval([testing.key_signer("release", "sha256:k")]),
		"its time is the signer's own": testing.approval([object.union(
			testing.key_signer("release", "sha256:k"),
			{"time": "2026-11-21T09:00:00.000Z"},
		)]),
	}
	count(recent.met) == 0 with input as testing.evidence([attached]) with data.config as _config
}

test_says_what_was_found if {
	recent.found == {"a signature (https://sigstore.dev/cosign/sign/v1) of 2026-01-01T00:00:00.000Z"} with input as testing.evidence([_signed("2026-01-01T00:00:00.000Z")])
}
