# METADATA
# title: SLSA provenance
# description: Normal form of https://slsa.dev/spec/v0.1/provenance, https://slsa.dev/spec/v0.2/provenance and https://slsa.dev/spec/v1.2/provenance.
package lib.slsa

import data.lib.text
import future.keywords.not

# METADATA
# title: Normal form
# description: Undefined for another type, or for a document that is no object.
normal("https://slsa.dev/provenance/v1", predicate) := {
	"builder": text.at(predicate, ["runDetails", "builder", "id"]),
	"buildType": text.of(definition, "buildType"),
	"source": _source(_declared(parameters), text.at(parameters, ["workflow", "ref"]), dependencies),
	"materials": dependencies,
	"invocation": text.at(predicate, ["runDetails", "metadata", "invocationId"]),
	"started": text.at(predicate, ["runDetails", "metadata", "startedOn"]),
	"finished": text.at(predicate, ["runDetails", "metadata", "finishedOn"]),
} if {
	definition := object.get(predicate, "buildDefinition", {})
	dependencies := _materials(object.get(definition, "resolvedDependencies", []))
	parameters := object.get(definition, "externalParameters", {})
}

normal("https://slsa.dev/provenance/v0.2", predicate) := {
	"builder": text.at(predicate, ["builder", "id"]),
	"buildType": text.of(predicate, "buildType"),
	"source": _source(text.of(source, "uri"), "", array.concat(_materials([source]), materials)),
	"materials": materials,
	"invocation": _invocation(predicate),
	"started": text.at(predicate, ["metadata", "buildStartedOn"]),
	"finished": text.at(predicate, ["metadata", "buildFinishedOn"]),
} if {
	source := object.get(predicate, ["invocation", "configSource"], {})
	materials := _materials(object.get(predicate, "materials", []))
}

normal("https://slsa.dev/provenance/v0.1", predicate) := {
	"builder": text.at(predicate, ["builder", "id"]),
	"buildType": text.at(predicate, ["recipe", "type"]),
	"source": _source(_defining(predicate, materials), "", materials),
	"materials": materials,
	"invocation": _invocation(predicate),
	"started": text.at(predicate, ["metadata", "buildStartedOn"]),
	"finished": text.at(predicate, ["metadata", "buildFinishedOn"]),
} if {
	materials := _materials(object.get(predicate, "materials", []))
}

# What the build was told to build. Where v1 says so depends on the build type: GitHub's workflows name repository and ref,
# the SLSA generators `source`, BuildKit `configSource`.
_declared(parameters) := text.first([
	text.at(parameters, ["workflow", "repository"]),
	text.at(parameters, ["source", "uri"]),
	text.of(parameters, "source"),
	text.at(parameters, ["configSource", "uri"]),
])

_defining(predicate, materials) := uri if {
	uri := materials[predicate.recipe.definedInMaterial].uri
} else := ""

_materials(list) := [{"uri": text.of(material, "uri"), "digest": digest} |
	some material in list
	digest := _object(material, "digest")
]

_object(object_, key) := value if {
	value := object_[key]
	is_object(value)
} else := {}

# The commit is that of the material which is the source's own repository, never another's.
_source(uri, ref, materials) := {
	"repository": address.repository,
	"ref": text.first([ref, address.ref]),
	"commit": _commit(address.repository, materials),
} if {
	address := _address(uri)
}

_commit(repository, materials) := commit if {
	repository != ""
	commit := text.first([text.of(material.digest, algorithm) |
		some material in materials
		_address(material.uri).repository == repository
		some algorithm in ["gitCommit", "sha1"]
	])
} else := ""

# `git+https://host/owner/name.git@refs/heads/main` (SPDX download location) or `https://host/owner/name.git#refs/heads/main`
# (BuildKit): the ref begins in the path, so that nothing before the host passes for one.
_address(uri) := {"repository": concat("", [scheme, "://", host, trim_suffix(path, ".git")]), "ref": ref} if {
	[scheme, rest] = split(trim_prefix(uri, "git+"), "://")
	slash := indexof(rest, "/")
	slash > 0
	host := substring(rest, 0, slash)
	located := substring(rest, slash, -1)
	end := min({count(located)} | {at | some mark in ["@", "#", "?"]; at := indexof(located, mark); at >= 0})
	path := substring(located, 0, end)
	ref := substring(located, end + 1, -1)
} else := {"repository": uri, "ref": ""}

# BuildKit spells it in its own way.
_invocation(predicate) := text.first([
	text.at(predicate, ["metadata", "buildInvocationId"]),
	text.at(predicate, ["metadata", "buildInvocationID"]),
])
