# METADATA
# title: Results
# description: Ratify's reports in version 0.2.0, judged by `artifactPolicies` (its `configPolicy`).
package conventions.ratify.results

import data.conventions.ratify.image
import data.conventions.ratify.listing

import future.keywords.not
import rego.v1

# METADATA
# title: Overall
# description: "`isSuccess` and `verifierReports` of the image."
overall := object.get(_level_1, input.subject.digest, _nothing(input.subject.digest))

# METADATA
# title: Wanting
# description: Artifact types that `artifactPolicies` names and of which no report is good.
wanting := {type |
	some type, _ in _policies
	type != "default"
	not _good(overall.verifierReports, type)
}

# Rego has no recursion: each level is made from the one below it, as many as `listing.max_depth`.
_level_1 := _level(_level_2)

_level_2 := _level(_level_3)

_level_3 := _level(_level_4)

_level_4 := _level(_level_5)

_level_5 := _level(_level_6)

_level_6 := _level(_level_7)

_level_7 := _level(_level_8)

_level_8 := _level({})

# Digest of a subject -> verdict on what is attached to it. The first verifier that takes an artifact judges it.
_level(below) := {subject: {"isSuccess": _passes(results), "verifierReports": results} |
	some subject, places in listing.places
	results := [_result(listing.items[place], below) | some place in sort(places); listing.items[place].reports != []]
	results != []
}

_result(item, below) := _present(object.union(_flat(item), {
	"isSuccess": false,
	"message": "nested verification failed",
	"nestedResults": nested.verifierReports,
})) if {
	nested := _nested(item, below)
	not nested.isSuccess
} else := _present(object.union(_flat(item), {"nestedResults": nested.verifierReports})) if {
	nested := _nested(item, below)
} else := _present(_flat(item))

_flat(item) := object.union(item.reports[0], {
	"subject": image.reference(item.subject),
	"referenceDigest": item.digest,
	"artifactType": item.artifactType,
})

# Undefined where the verifier does not ask for them; Ratify's `notation` never does.
_nested(item, below) := object.get(below, item.digest, _nothing(item.digest)) if {
	entry := [one | some one in data.config.verifiers; some taken in one.artifactTypes; taken in {"*", item.artifactType}][0]
	entry.kind != "notation"
	entry.nestedReferences != []
}

# What Ratify's executor says where no verifier said anything.
_nothing(digest) := {"isSuccess": false, "verifierReports": [{
	"subject": reference,
	"isSuccess": false,
	"message": sprintf("failed to verify artifact: %s", [reference]),
	"errorReason": sprintf(
		"No verification results for the artifact %s. Ensure verifiers are properly configured and that artifact metadata is attached",
		[reference],
	),
}]} if {
	reference := image.reference(digest)
}

# Go leaves out what is empty, but for `isSuccess`.
_present(report) := {key: value |
	some key, value in report
	not value in {"", null}
}

# Every type that the policies name, and every type reported.
_passes(results) := {type | some type in types; not _good(results, type)} == set() if {
	types := {type | some type, _ in _policies; type != "default"} | {result.artifactType | some result in results}
}

_good(results, type) if {
	_policy(type) == "any"
	some result in results
	object.get(result, "artifactType", "") == type
	result.isSuccess
}

_good(results, type) if {
	_policy(type) == "all"
	verdicts := {result.isSuccess | some result in results; object.get(result, "artifactType", "") == type}
	verdicts == {true}
}

_policies := data.config.artifactPolicies

_policy(type) := object.get(_policies, type, _default)

_default := "all" if {
	object.get(_policies, "default", "") == ""
} else := _policies["default"]
