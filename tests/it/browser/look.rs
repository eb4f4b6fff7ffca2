//! Looking at a page as it stands: for what is wrong with it, or to take its picture. Those who go from page
//! to page and make states do not know which of the two is done.

use std::path::PathBuf;
use std::time::Duration;

use super::Person;
use crate::harness::eventually;

const PHONE: u32 = 390;
const DESK: u32 = 1280;
const WALL: u32 = 1600;

/// What is looked at of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// All of it.
    Page,
    /// All of it, and that with much room, too.
    Wide,
    /// What is in the window: something lies over the page.
    Window,
    /// The same of something that only desks have.
    Desk,
    /// The same of something that only phones have.
    Phone,
}

impl Frame {
    fn widths(self) -> &'static [u32] {
        match self {
            Self::Page | Self::Window => &[DESK, PHONE],
            Self::Wide => &[DESK, PHONE, WALL],
            Self::Desk => &[DESK],
            Self::Phone => &[PHONE],
        }
    }
}

/// Whoever is shown pages and states.
pub trait Looker {
    /// Looks at the page that is open.
    async fn look(&mut self, person: &Person, name: &str, frame: Frame);

    /// Prepares a page that was just opened.
    async fn prepare(&self, _person: &Person) {}
}

/// Finds barriers in both themes and sizes, what sticks out, and what was complained of.
#[derive(Default)]
pub struct Examiner {
    /// What it found.
    pub wrong: Vec<String>,
}

impl Looker for Examiner {
    async fn look(&mut self, person: &Person, name: &str, frame: Frame) {
        for theme in ["light", "dark"] {
            turn(person, theme).await;
            for &width in frame.widths().iter().take(2) {
                person.browser.viewport(width, 900).await;
                rest(person).await;
                let found = person.barriers().await;
                self.wrong.extend(found.into_iter().map(|text| format!("{name} {theme} {width}: {text}")));
            }
        }
        let widths: &[u32] =
            if frame == Frame::Phone { &[320, PHONE] } else { &[320, PHONE, 768, 1024, DESK, WALL] };
        for &width in widths {
            person.browser.viewport(width, 900).await;
            let wide = person.overflow().await;
            self.wrong.extend(wide.map(|text| format!("{name} sticks out: {text}")));
        }
        let complaints = person.browser.complaints().await;
        self.wrong.extend(complaints.into_iter().map(|text| format!("{name} complains: {text}")));
        settle(person).await;
    }

    async fn prepare(&self, person: &Person) {
        unfold(person).await;
    }
}

/// Takes pictures: `name-width-theme.png`.
pub struct Photographer {
    /// Where they are put.
    pub folder: PathBuf,
}

impl Looker for Photographer {
    async fn look(&mut self, person: &Person, name: &str, frame: Frame) {
        // Some pictures would have it, some would not.
        person.browser.evaluate("document.documentElement.style.caretColor = 'transparent'").await;
        for &width in frame.widths() {
            let height = if width == PHONE { 844 } else { 800 };
            person.browser.viewport(width, height).await;
            rest(person).await;
            if matches!(frame, Frame::Page | Frame::Wide) {
                person.browser.viewport(width, tall(person).await).await;
            } else {
                person.browser.evaluate(FOLLOW).await;
            }
            rest(person).await;
            for theme in ["light", "dark"] {
                turn(person, theme).await;
                let file = self.folder.join(format!("{name}-{width}-{theme}.png"));
                person.browser.driver.screenshot(&file).await.unwrap();
            }
        }
        settle(person).await;
    }
}

/// Goes where the menu is that is open, or the row that is chosen.
const FOLLOW: &str = "const menu = document.querySelector('main .menu:popover-open');
    (menu?.previousElementSibling ?? document.querySelector('main input[name=ids]:checked'))?.scrollIntoView({block: 'center'});";

/// Waits until nothing moves any more.
async fn rest(person: &Person) {
    const RESTS: &str = "return document.getAnimations().every((one) => one.playState !== 'running')";
    let rests = async || person.browser.evaluate(RESTS).await == true;
    eventually("the page is at rest", Duration::from_secs(30), rests).await;
}

/// How high the page is; long lists are cut off.
async fn tall(person: &Person) -> u32 {
    const TALL: &str = "return Math.ceil(document.documentElement.getBoundingClientRect().height)";
    let height = person.browser.evaluate(TALL).await.as_u64().unwrap_or(0);
    u32::try_from(height).unwrap().clamp(600, 2400)
}

/// Waits until the page has the theme.
async fn turn(person: &Person, theme: &str) {
    person.browser.prefer(theme).await;
    let has_turned =
        format!("return document.documentElement.classList.contains('dark') === {}", theme == "dark");
    let has_turned = async || person.browser.evaluate(&has_turned).await == true;
    eventually("the page has the theme", Duration::from_secs(30), has_turned).await;
}

/// As a person has it who goes on.
async fn settle(person: &Person) {
    person.browser.viewport(DESK, 900).await;
    turn(person, "light").await;
}

/// Opens what can be opened on the page: details, the first menu, the bar of selected rows.
pub async fn unfold(person: &Person) {
    const UNFOLD: &str = "document.querySelectorAll('details').forEach((d) => { d.open = true; });
        document.querySelector('input[name=ids]')?.click();
        document.querySelector('main .menu')?.showPopover();";
    person.browser.evaluate(UNFOLD).await;
}
