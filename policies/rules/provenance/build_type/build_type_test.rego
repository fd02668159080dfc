package rules.provenance.build_type_test

import data.rules.provenance.build_type
import data.testing
import future.keywords.not

_builder := "https://github.com/acme/build/.github/workflows/release.yml@refs/tags/v1"

_provenance := testing.provenance(_builder, "https://github.com/acme/app", "refs/heads/main", "0123456789abcdef0123456789abcdef01234567")

_config(lists) := testing.config({}, {"provenance": lists})

test_met_if_it_is_configured if {
	count(build_type.met) == 1 with input as testing.evidence([_provenance])
		with data.config as _config({"buildTypes": ["https://actions.github.io/buildtypes/workflow/v1"]})
}

test_not_met[case] if {
	some case, lists in {
		"it is another": {"buildTypes": ["https://mobyproject.org/buildkit@v1"]},
		"the list is empty": {"buildTypes": []},
		"another list does not fit the same provenance": {"buildTypes": ["https://actions.github.io/buildtypes/workflow/v1"], "refs": ["refs/tags/*"]},
	}
	count(build_type.met) == 0 with input as testing.evidence([_provenance]) with data.config as _config(lists)
}

test_says_what_was_found if {
	build_type.found == {"https://actions.github.io/buildtypes/workflow/v1"} with input as testing.evidence([_provenance])
}
