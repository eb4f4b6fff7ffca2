//! Pictures of every page, for `make screenshots`.

use std::path::PathBuf;

/// Without `SCREENSHOTS` in the environment only one page is pictured, into a folder that goes away.
#[tokio::test]
async fn pages_can_be_pictured() {
    let wanted = std::env::var_os("SCREENSHOTS").map(PathBuf::from);
    let Some(folder) = wanted else {
        let folder = tempfile::tempdir().unwrap();
        super::pages::take_pictures(folder.path(), 1).await;
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
        return;
    };
    std::fs::create_dir_all(&folder).unwrap();
    super::pages::take_pictures(&folder, usize::MAX).await;
}
