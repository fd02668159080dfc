# METADATA
# title: References
# description: How Ratify calls an image and what is attached to it.
package conventions.ratify.image

import future.keywords.not
import rego.v1

# METADATA
# title: Reference
# description: The image as it was asked for, in Docker's normal form; an artifact by its digest.
reference(digest) := _asked if {
	digest == input.subject.digest
} else := sprintf("%s@%s", [path, digest])

# METADATA
# title: Path
# description: The reference without tag and digest.
path := split(input.subject.reference, "@")[0]

# A reference with tag and digest loses its tag, as Docker reads it.
_asked := sprintf("%s:%s", [path, input.subject.tag]) if {
	input.subject.registry != ""
	not contains(input.subject.requested, "@")
} else := input.subject.reference
