# METADATA
# title: Licences
# description: What an SBOM says of licences, as SPDX expressions.
package lib.licence

import future.keywords.not

# METADATA
# title: Stated licence
# description: >-
#   What was concluded, else what was declared, else `NOASSERTION`
#   (https://spdx.github.io/spdx-spec/v2.3/package-information/#713-concluded-license-field). `NONE` is an answer.
stated(concluded, declared) := concluded if {
	not _silent[concluded]
} else := declared if {
	not _silent[declared]
} else := "NOASSERTION"

_silent := {"", "NOASSERTION"}
