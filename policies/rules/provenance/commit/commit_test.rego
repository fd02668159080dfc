package rules.provenance.commit_test

import data.rules.provenance.commit
import data.testing
import future.keywords.not

_builder := "https://github.com/acme/build/.github/workflows/release.yml@refs/tags/v1"

_provenance := testing.provenance(_builder, "https://github.com/acme/app", "refs/heads/main", "0123456789abcdef0123456789abcdef01234567")

_config(lists) := testing.config({}, {"provenance": lists})

_asked(commit_) := object.union(testing.evidence([_provenance]), {"context": {"parameters": {"commit": commit_}}})

test_met_if_it_is_stated if {
	count(commit.met) == 1 with input as testing.evidence([_provenance]) with data.config as _config({})
}

test_met_if_it_is_the_one_asked_for if {
	count(commit.met) == 1 with input as _asked("0123456789abcdef0123456789abcdef01234567") with data.config as _config({})
}

test_not_met_if_another_is_asked_for if {
	count(commit.met) == 0 with input as _asked("fedcba9876543210fedcba9876543210fedcba98") with data.config as _config({})
}

test_not_met_if_it_is_not_stated if {
	count(commit.met) == 0 with input as testing.evidence([testing.provenance(_builder, "https://github.com/acme/app", "", "")])
		with data.config as _config({})
}

test_not_met_if_another_repositorys_commit_is_stated if {
	attached := testing.attachment(
		"https://slsa.dev/provenance/v0.2", {
			"invocation": {"configSource": {"uri": "git+https://github.com/acme/app@refs/heads/main"}},
			"materials": [{"uri": "git+https://github.com/evil/app", "digest": {"sha1": "0123456789abcdef0123456789abcdef01234567"}}],
		},
		{},
	)
	count(commit.met) == 0 with input as testing.evidence([attached]) with data.config as _config({})
}

test_not_met_if_the_lists_do_not_fit if {
	count(commit.met) == 0 with input as testing.evidence([_provenance]) with data.config as _config({"repositories": ["https://github.com/evil/*"]})
}

test_says_what_was_found if {
	commit.found == {"0123456789abcdef0123456789abcdef01234567"} with input as testing.evidence([_provenance])
}
