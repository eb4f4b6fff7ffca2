//! stub
/// stub
pub struct Asset(&'static str);
impl Asset {
    /// stub
    pub fn url(&self) -> &'static str {
        self.0
    }
}
/// stub
pub const ICON: Asset = Asset("/i");
/// stub
pub const BASECOAT_CSS: Asset = Asset("/i");
/// stub
pub const ADMIN_CSS: Asset = Asset("/i");
/// stub
pub const ADMIN_JS: Asset = Asset("/i");
/// stub
pub const HTMX: Asset = Asset("/i");
/// stub
pub const BASECOAT_JS: Asset = Asset("/i");
/// stub
pub const TOAST_JS: Asset = Asset("/i");
