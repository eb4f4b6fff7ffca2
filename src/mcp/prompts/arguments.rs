//! Arguments of a prompt: texts by name, all wrong ones named at once.

use rmcp::model::Prompt;
use serde_json::{Map, Value};

use crate::error::{Error, FieldError, Result};

/// What a client gave for the arguments of a prompt.
pub struct PromptArguments(Vec<(String, String)>);

impl PromptArguments {
    /// Reads the arguments that `prompt` has.
    ///
    /// # Errors
    /// `Invalid` for what is missing, unknown, or no text.
    pub fn read(prompt: &Prompt, values: Map<String, Value>) -> Result<Self> {
        let known = prompt.arguments.as_deref().unwrap_or_default();
        let (mut texts, mut errors) = (Vec::new(), Vec::new());
        for (name, value) in values {
            match value {
                _ if !known.iter().any(|argument| argument.name == name) => {
                    let names: Vec<&str> = known.iter().map(|argument| argument.name.as_str()).collect();
                    let message = format!("is not an argument of this prompt; it takes {}", names.join(", "));
                    errors.push(FieldError::new(name.replace('\0', "\u{fffd}"), message));
                }
                Value::String(text) if text.contains('\0') => {
                    errors.push(FieldError::new(name, "must not contain a NUL character"));
                }
                Value::String(text) => texts.push((name, text)),
                _ => errors.push(FieldError::new(name, "must be a text")),
            }
        }
        for argument in known.iter().filter(|argument| argument.required == Some(true)) {
            let is_there = texts.iter().any(|(name, _)| *name == argument.name)
                || errors.iter().any(|error| error.field == argument.name);
            if !is_there {
                errors.push(FieldError::new(argument.name.clone(), "is required"));
            }
        }
        if errors.is_empty() { Ok(Self(texts)) } else { Err(Error::Invalid(errors)) }
    }

    /// One argument; `None` if it was not given, or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, text) = self.0.iter().find(|(known, _)| known == name)?;
        Some(text.trim()).filter(|text| !text.is_empty())
    }
}
