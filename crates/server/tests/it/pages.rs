//! Pages as HTML: whole, escaped, within the policy; what they say in every state; contrast of the tokens.

mod contrast;
pub(crate) mod html;
mod says;
mod states;
