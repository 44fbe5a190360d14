//! Which attributes of Terraform resources hold a kind of credential: the part of a rule that needs
//! no pattern, since the resource's type and the attribute's name say what the value is.
//!
//! The same table serves state and plan files, `terraform show -json`, configuration in either
//! syntax and Pulumi's exports. Types and attributes are those of the provider's schemas
//! (cloudflare/terraform-provider-cloudflare, versions 2 to 5, what is marked sensitive there).

use regex::bytes::{Regex, RegexBuilder};

use super::form::Form;

/// What every resource type of the provider begins with.
pub const TYPE_PREFIX: &str = "cloudflare_";

/// The attributes that hold a kind of credential, and what their values look like.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terraform {
    /// Each is a resource type and the names that lead to the value, as in
    /// `cloudflare_hyperdrive_config.origin.password`. Lists add no name. `*` stands for any one
    /// name, as in a map; `bindings[secret_text]` for those objects below `bindings` of which `type`
    /// is `secret_text`.
    pub attributes: Vec<String>,
    /// A regular expression that all of a value matches if it looks like one of this kind: then it
    /// is certain, else likely.
    pub shape: Option<String>,
    /// A regular expression that a value must contain to be a credential at all. Its optional group
    /// `secret` is the part that is the credential, and `body` what is looked at for a placeholder.
    pub requires: Option<String>,
}

/// One step from a resource to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The name; `None` is any.
    pub name: Option<String>,
    /// What the member `type` of the object that is reached must be.
    pub with_type: Option<String>,
}

/// An attribute, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The resource type: `cloudflare_api_token`.
    pub resource: String,
    /// The way to the value, at least one step.
    pub steps: Vec<Step>,
}

impl Attribute {
    /// Reads `cloudflare_workers_script.bindings[secret_text].text`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Attribute, String> {
        let mut parts = text.split('.');
        let resource = parts.next().unwrap_or_default();
        if !resource.starts_with(TYPE_PREFIX) || !is_name(resource) {
            return Err(format!(
                "`{text}` must begin with a resource type of the provider, such as `cloudflare_api_token`"
            ));
        }
        let steps: Vec<Step> =
            parts.map(|part| step(part).ok_or(part)).collect::<Result<_, _>>().map_err(|part| {
                format!("`{part}` is no step; write a name, `*`, or `name[type]`")
            })?;
        if steps.is_empty() {
            return Err(format!("`{text}` names no attribute; write `{text}.value`"));
        }
        Ok(Attribute { resource: resource.to_owned(), steps })
    }
}

fn step(part: &str) -> Option<Step> {
    let (name, with_type) = match part.split_once('[') {
        Some((name, rest)) => (name, Some(rest.strip_suffix(']').filter(|word| is_name(word))?)),
        None => (part, None),
    };
    let name = match name {
        "*" => None,
        name if is_name(name) => Some(name.to_owned()),
        _ => return None,
    };
    Some(Step { name, with_type: with_type.map(str::to_owned) })
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl Terraform {
    /// The shape, ready to be matched against a whole value.
    ///
    /// # Errors
    /// What is wrong with the expression. Never for a rule out of a [`super::RuleSet`].
    pub fn compile_shape(&self) -> Option<Result<Regex, regex::Error>> {
        self.shape.as_ref().map(|shape| compile(&format!(r"\A(?:{shape})\z")))
    }

    /// The expression that a value must contain.
    ///
    /// # Errors
    /// As for [`Terraform::compile_shape`].
    pub fn compile_requires(&self) -> Option<Result<Regex, regex::Error>> {
        self.requires.as_ref().map(|requires| compile(requires))
    }
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(Form::LARGEST_REGEX).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_taken_apart() {
        let read =
            Attribute::parse("cloudflare_pages_project.configs.*.env[secret_text].v").unwrap();
        assert_eq!(read.resource, "cloudflare_pages_project");
        let steps: Vec<_> = read
            .steps
            .iter()
            .map(|step| (step.name.as_deref(), step.with_type.as_deref()))
            .collect();
        assert_eq!(
            steps,
            [
                (Some("configs"), None),
                (None, None),
                (Some("env"), Some("secret_text")),
                (Some("v"), None)
            ]
        );
    }

    #[test]
    fn what_is_no_attribute_is_refused_with_advice() {
        let wrong = |text| Attribute::parse(text).unwrap_err();
        insta::assert_snapshot!(wrong("aws_key.secret"), @"`aws_key.secret` must begin with a resource type of the provider, such as `cloudflare_api_token`");
        insta::assert_snapshot!(wrong("cloudflare_api_token"), @"`cloudflare_api_token` names no attribute; write `cloudflare_api_token.value`");
        insta::assert_snapshot!(wrong("cloudflare_x.a..b"), @"`` is no step; write a name, `*`, or `name[type]`");
        insta::assert_snapshot!(wrong("cloudflare_x.a[b"), @"`a[b` is no step; write a name, `*`, or `name[type]`");
    }
}
