# METADATA
# title: The tree
# description: Ratify's reports in version 1.1.0, the input of its Rego policies.
package conventions.ratify.tree

import data.conventions.ratify.image
import data.conventions.ratify.listing

import rego.v1

# METADATA
# title: Document
# description: What a policy of package `ratify.policy` sees as `input`.
document := {"verifierReports": object.get(_level_1, input.subject.digest, [])}

# METADATA
# title: Mended
# description: Every listed artifact side by side, as if all its reports were good. What a policy denies of this, no report explains.
mended := {"verifierReports": [object.union(_node(item, {}), {"verifierReports": reports}) |
	some item in listing.items
	reports := [object.union(report, {"isSuccess": true}) | some report in item.reports]
]}

# Rego has no recursion: each level is made from the one below it, as many as `listing.max_depth`.
_level_1 := _level(_level_2)

_level_2 := _level(_level_3)

_level_3 := _level(_level_4)

_level_4 := _level(_level_5)

_level_5 := _level(_level_6)

_level_6 := _level(_level_7)

_level_7 := _level(_level_8)

_level_8 := _level({})

# Digest of a subject -> nodes of what is attached to it. Sets have no order in WebAssembly.
_level(below) := {subject: nodes |
	some subject, places in listing.places
	nodes := [_node(listing.items[place], below) | some place in sort(places)]
}

_node(item, below) := {
	"subject": image.reference(item.subject),
	"referenceDigest": item.digest,
	"artifactType": item.artifactType,
	"verifierReports": item.reports,
	"nestedReports": object.get(below, item.digest, []),
}
