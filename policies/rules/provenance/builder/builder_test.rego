package rules.provenance.builder_test

import data.rules.provenance.builder
import data.testing
import future.keywords.not

_builder := "https://github.com/acme/build/.github/workflows/release.yml@refs/tags/v1"

_provenance := testing.provenance(_builder, "https://github.com/acme/app", "refs/heads/main", "0123456789abcdef0123456789abcdef01234567")

_config(lists) := testing.config({}, {"provenance": lists})

test_met_if_it_is_configured if {
	count(builder.met) == 1 with input as testing.evidence([_provenance])
		with data.config as _config({"builders": ["https://github.com/acme/build/.github/workflows/release.yml@refs/tags/*"]})
}

test_not_met[case] if {
	some case, lists in {
		"it is another": {"builders": ["https://github.com/acme/build/.github/workflows/other.yml@refs/tags/v1"]},
		"the list is empty": {"builders": []},
		"another list does not fit the same provenance": {"builders": ["https://github.com/acme/build/.github/workflows/release.yml@refs/tags/*"], "refs": ["refs/tags/*"]},
	}
	count(builder.met) == 0 with input as testing.evidence([_provenance]) with data.config as _config(lists)
}

test_says_what_was_found if {
	builder.found == {_builder} with input as testing.evidence([_provenance])
}
