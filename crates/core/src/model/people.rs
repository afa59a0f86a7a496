//! Who stands behind a product: stakeholders, the RACI matrix, KPIs (article, "Engage your stakeholders").
//! It judges nothing; completeness is checked by the registry crate.

/// A person or team with a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stakeholder {
    pub id: String,
    /// `product`, `ux`, `engineering`, `support`, `sre`, or the writer's own word.
    pub role: String,
    pub name: String,
}

/// One activity of the RACI matrix; the fields name stakeholders by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RaciRow {
    pub activity: String,
    pub accountable: Vec<String>,
    pub responsible: Vec<String>,
    pub consulted: Vec<String>,
    pub informed: Vec<String>,
}

/// A key performance indicator of the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kpi {
    pub id: String,
    pub name: String,
    pub unit: String,
}
