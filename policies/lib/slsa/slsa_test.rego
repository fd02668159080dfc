package lib.slsa_test

import data.lib.slsa
import future.keywords.not

_commit := "0123456789abcdef0123456789abcdef01234567"

test_v1_of_github if {
	slsa.normal("https://slsa.dev/provenance/v1", {
		"buildDefinition": {
			"buildType": "https://actions.github.io/buildtypes/workflow/v1",
			"externalParameters": {"workflow": {
				"ref": "refs/heads/main",
				"repository": "https://github.com/acme/app",
				"path": ".github/workflows/release.yml",
			}},
			"resolvedDependencies": [
				{"uri": "git+https://github.com/evil/app@refs/heads/main", "digest": {"gitCommit": "evil"}},
				{"uri": "git+https://github.com/acme/app@refs/heads/main", "digest": {"gitCommit": _commit}},
			],
		},
		"runDetails": {
			"builder": {"id": "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"},
			"metadata": {
				"invocationId": "https://github.com/acme/app/actions/runs/1/attempts/1",
				"startedOn": "2026-01-01T00:00:00Z", "finishedOn": "2026-01-01T00:01:00Z",
			},
		},
	}) == {
		"builder": "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main",
		"buildType": "https://actions.github.io/buildtypes/workflow/v1",
		"source": {"repository": "https://github.com/acme/app", "ref": "refs/heads/main", "commit": _commit},
		"materials": [
			{"uri": "git+https://github.com/evil/app@refs/heads/main", "digest": {"gitCommit": "evil"}},
			{"uri": "git+https://github.com/acme/app@refs/heads/main", "digest": {"gitCommit": _commit}},
		],
		"invocation": "https://github.com/acme/app/actions/runs/1/attempts/1",
		"started": "2026-01-01T00:00:00Z",
		"finished": "2026-01-01T00:01:00Z",
	}
}

_v1(parameters, dependencies) := slsa.normal("https://slsa.dev/provenance/v1", {"buildDefinition": {
	"externalParameters": parameters,
	"resolvedDependencies": dependencies,
}}).source

_material := {"uri": "git+https://github.com/acme/app.git@refs/tags/v1", "digest": {"sha1": _commit}}

test_v1_source_of_other_build_types[case] if {
	some case, parameters in {
		"SLSA generators": {"source": {"uri": "git+https://github.com/acme/app@refs/tags/v1", "digest": {"sha1": _commit}}},
		"a source that is a text": {"source": "git+https://github.com/acme/app@refs/tags/v1"},
		"BuildKit": {"configSource": {"uri": "https://github.com/acme/app.git#refs/tags/v1", "path": "Dockerfile"}},
	}
	_v1(parameters, [_material]) == {"repository": "https://github.com/acme/app", "ref": "refs/tags/v1", "commit": _commit}
}

test_v02 if {
	slsa.normal("https://slsa.dev/provenance/v0.2", {
		"builder": {"id": "https://tekton.dev/chains/v2"},
		"buildType": "tekton.dev/v1beta1/TaskRun",
		"invocation": {"configSource": {
			"uri": "git+https://github.com/acme/app@refs/heads/main", "digest": {"sha1": _commit}, "entryPoint": "build",
		}},
		"metadata": {"buildInvocationId": "1", "buildStartedOn": "a", "buildFinishedOn": "b"},
		"materials": [{"uri": "pkg:docker/golang@1", "digest": {"sha256": "00"}}],
	}) == {
		"builder": "https://tekton.dev/chains/v2",
		"buildType": "tekton.dev/v1beta1/TaskRun",
		"source": {"repository": "https://github.com/acme/app", "ref": "refs/heads/main", "commit": _commit},
		"materials": [{"uri": "pkg:docker/golang@1", "digest": {"sha256": "00"}}],
		"invocation": "1",
		"started": "a",
		"finished": "b",
	}
}

test_v01 if {
	slsa.normal("https://slsa.dev/provenance/v0.1", {
		"builder": {"id": "https://github.com/Attestations/GitHubHostedActions@v1"},
		"recipe": {"type": "https://github.com/Attestations/GitHubActionsWorkflow@v1", "definedInMaterial": 0},
		"materials": [{"uri": "git+https://github.com/acme/app@refs/heads/main", "digest": {"sha1": _commit}}],
	}) == {
		"builder": "https://github.com/Attestations/GitHubHostedActions@v1",
		"buildType": "https://github.com/Attestations/GitHubActionsWorkflow@v1",
		"source": {"repository": "https://github.com/acme/app", "ref": "refs/heads/main", "commit": _commit},
		"materials": [{"uri": "git+https://github.com/acme/app@refs/heads/main", "digest": {"sha1": _commit}}],
		"invocation": "",
		"started": "",
		"finished": "",
	}
}

_nothing := {
	"builder": "", "buildType": "", "source": {"repository": "", "ref": "", "commit": ""},
	"materials": [], "invocation": "", "started": "", "finished": "",
}

test_what_is_not_told_is_empty[case] if {
	some case, c in {
		"v1, empty": {"type": "https://slsa.dev/provenance/v1", "predicate": {}},
		"v0.2, empty": {"type": "https://slsa.dev/provenance/v0.2", "predicate": {}},
		"v0.1, empty": {"type": "https://slsa.dev/provenance/v0.1", "predicate": {}},
		"v1, members of other types": {
			"type": "https://slsa.dev/provenance/v1",
			"predicate": {
				"buildDefinition": {"buildType": 1, "externalParameters": {"workflow": "main"}, "resolvedDependencies": "none"},
				"runDetails": {"builder": "me"},
			},
		},
		"v0.2, members of other types": {
			"type": "https://slsa.dev/provenance/v0.2",
			"predicate": {"builder": ["me"], "invocation": {"configSource": {"uri": 1}}, "materials": {}},
		},
		"v0.1, a material that is not there": {
			"type": "https://slsa.dev/provenance/v0.1",
			"predicate": {"recipe": {"definedInMaterial": 7}, "materials": []},
		},
	}
	slsa.normal(c.type, c.predicate) == _nothing
}

test_no_normal_form[case] if {
	some case, c in {
		"of another type": ["https://slsa.dev/verification_summary/v1", {}],
		"of a text": ["https://slsa.dev/provenance/v1", "trust me"],
		"of a list": ["https://slsa.dev/provenance/v0.2", []],
	}
	not slsa.normal(c[0], c[1])
}

test_address[case] if {
	some case, c in {
		"a download location of SPDX": ["git+https://github.com/acme/app@refs/heads/main", "https://github.com/acme/app", "refs/heads/main"],
		"with the suffix of git": ["git+https://github.com/acme/app.git@main", "https://github.com/acme/app", "main"],
		"of BuildKit": ["https://github.com/acme/app.git#refs/heads/main", "https://github.com/acme/app", "refs/heads/main"],
		"with a query": ["https://github.com/acme/app?ref=main", "https://github.com/acme/app", "ref=main"],
		"without a ref": ["https://github.com/acme/app", "https://github.com/acme/app", ""],
		"with a user before the host": [
			"git+https://github.com/acme/app@evil.example/x@main",
			"https://github.com/acme/app",
			"evil.example/x@main",
		],
		"with a user that looks like a host": [
			"git+https://github.com@evil.example/acme/app@main",
			"https://github.com@evil.example/acme/app",
			"main",
		],
		"without a path": ["https://github.com", "https://github.com", ""],
		"no address": ["git@github.com:acme/app", "git@github.com:acme/app", ""],
	}
	source := _v1({"source": {"uri": c[0]}}, [])
	[source.repository, source.ref] == [c[1], c[2]]
}
