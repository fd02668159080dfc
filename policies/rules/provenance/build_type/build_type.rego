# METADATA
# title: A configured build type built it
# description: >-
#   The provenance names a build type of `provenance.buildTypes`, and fits the other lists of `provenance` that
#   are not empty.
# custom:
#   severity: high
#   failure_msg: "No provenance that fits the lists of `provenance` is of a configured build type."
#   solution: >-
#     Build it there, or take what was found into the configuration if you trust it.
package rules.provenance.build_type

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains lib.testimony(provenance) if {
	count(data.config.provenance.buildTypes) > 0
	some provenance in lib.expected_provenances
}

found contains provenance.content.buildType if some provenance in lib.provenances
