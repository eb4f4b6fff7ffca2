//! Pictures of every page and state, for `make screenshots`.

use std::path::PathBuf;

use super::look::{Frame, Looker, Photographer};
use super::site::Filled;
use super::{pages, states};

/// Without `SCREENSHOTS` in the environment only one page is pictured, into a folder that goes away.
#[tokio::test]
async fn pages_can_be_pictured() {
    let Some(folder) = std::env::var_os("SCREENSHOTS").map(PathBuf::from) else {
        let folder = tempfile::tempdir().unwrap();
        let site = Filled::start().await;
        let person = site.person().await;
        person.open("/admin/sign-in").await;
        Photographer { folder: folder.path().into() }.look(&person, "sign-in", Frame::Page).await;
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
        return;
    };
    std::fs::create_dir_all(&folder).unwrap();
    let (mut first, mut second) = (Photographer { folder: folder.clone() }, Photographer { folder });
    tokio::join!(pages::walk(&mut first), states::walk(&mut second));
}
