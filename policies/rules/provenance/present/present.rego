# METADATA
# title: Provenance is attached
# description: >-
#   Somebody says how the subject was built, as SLSA provenance v0.1, v0.2 or v1.
# custom:
#   severity: high
#   failure_msg: "No provenance is attached."
#   solution: >-
#     Let the build make it: `actions/attest-build-provenance`, `docker buildx build --provenance`, Tekton Chains.
package rules.provenance.present

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains lib.testimony(provenance) if some provenance in lib.provenances
