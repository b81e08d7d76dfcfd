use crate::document::Document;

/// The JSON Schema (draft 2020-12) of the study file, generated from the types that read it.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_lists_the_document_and_the_declared_parameters() {
        let schema = schema();
        for key in ["question", "risk", "regions", "outputs"] {
            assert!(schema["properties"][key].is_object(), "{key}");
        }
        let parameters = &schema["$defs"]["Material"]["oneOf"][0]["properties"]["parameters"];
        let help = parameters["properties"]["youngs_modulus"]["description"].as_str().unwrap();
        assert!(help.starts_with("Young's modulus E (above 0 GPa)"), "{help}");
        assert_eq!(schema["additionalProperties"], false);
    }
}
