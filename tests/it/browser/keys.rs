//! The keyboard of a person in front of a page: real key events, sent to whatever has the focus.

use serde_json::Value;
use thirtyfour::{Key, TypingData};

use super::Person;
use super::person::PATIENCE;
use crate::harness::eventually;

/// More stops than any page has.
const MOST_STOPS: usize = 250;

/// What has the focus: its name as assistive technology says it, and whether one sees that it has it.
const STOP: &str = r"
const tidy = (text) => (text || '').replace(/\s+/g, ' ').trim();
const own = (element) => tidy([...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join(' '));
const name = (element) => tidy(element.getAttribute('aria-label'))
  || (element.labels?.[0] && (tidy(element.labels[0].querySelector('.strong')?.textContent) || own(element.labels[0]) || tidy(element.labels[0].textContent)))
  || own(element) || tidy(element.textContent) || element.id || element.tagName;
const marks = (element) => [element, element.closest('label'), element.closest('.input-group'), element.closest('.secret')]
  .some((one) => one && getComputedStyle(one).outlineStyle !== 'none' && parseFloat(getComputedStyle(one).outlineWidth) >= 2);
const element = document.activeElement;
if (!element || element === document.body || element === document.documentElement) return null;
const known = window.stopsOfTest ??= new Map();
if (!known.has(element)) known.set(element, known.size);
return {name: name(element), isMarked: marks(element), number: known.get(element)};
";

/// Where the keyboard can go, by name: what Tab should reach, once each.
const STOPS: &str = r"
return [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
  .filter((e) => e.tabIndex >= 0 && !e.disabled && e.type !== 'hidden' && e.checkVisibility({visibilityProperty: true}))
  .filter((e) => !(e.type === 'radio' && !e.checked && document.querySelector(`input[name='${e.name}']:checked`)))
  .length;
";

/// A stop of the focus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// What assistive technology calls it.
    pub name: String,
    /// Whether an outline tells it from the rest.
    pub is_marked: bool,
    /// Which element of the page it is.
    number: u64,
}

impl Person {
    /// Sends keys to whatever has the focus, and moves it nowhere by itself.
    pub async fn keys(&self, keys: impl Into<TypingData>) {
        self.browser.driver.action_chain().send_keys(keys).perform().await.unwrap();
    }

    /// What has the focus; `None` between two pages and at the end of one.
    pub async fn stop(&self) -> Option<Stop> {
        let answer = self.browser.driver.execute(STOP, Vec::new()).await.ok()?;
        let found: &Value = answer.json();
        Some(Stop {
            name: found.get("name")?.as_str()?.to_owned(),
            is_marked: found.get("isMarked")?.as_bool()?,
            number: found.get("number")?.as_u64()?,
        })
    }

    /// Waits until what carries this name has the focus.
    pub async fn has_focus(&self, name: &str) {
        let is_there = async || self.stop().await.is_some_and(|stop| stop.name == name);
        eventually(&format!("“{name}” has the focus"), PATIENCE, is_there).await;
    }

    /// Presses Tab until what carries this name has the focus. Whatever is passed shows that it has it.
    pub async fn tab_to(&self, name: &str) {
        let mut passed = Vec::new();
        while passed.len() < MOST_STOPS {
            self.keys(Key::Tab).await;
            let Some(stop) = self.stop().await else { continue };
            assert!(stop.is_marked, "nobody sees that {stop:?} has the focus");
            if stop.name == name {
                return;
            }
            passed.push(stop.name);
        }
        panic!("no way leads to “{name}”: {passed:?}");
    }

    /// Presses Tab from the top of the page until it is there again; the stops. Nothing keeps the focus.
    /// The parts of a date count as one.
    pub async fn round(&self) -> Vec<Stop> {
        let mut stops: Vec<Stop> = Vec::new();
        for _ in 0..MOST_STOPS {
            self.keys(Key::Tab).await;
            match self.stop().await {
                Some(stop) if stops.len() > 1 && stops[0].number == stop.number => return stops,
                Some(stop) => {
                    assert!(stop.is_marked, "nobody sees that {stop:?} has the focus");
                    if stops.last().is_none_or(|last| last.number != stop.number) {
                        stops.push(stop);
                    }
                }
                None => {}
            }
        }
        panic!("the focus never came around: {stops:?}");
    }

    /// How many stops a page should have.
    pub async fn stops(&self) -> usize {
        let count = self.browser.evaluate(STOPS).await;
        usize::try_from(count.as_u64().unwrap()).unwrap()
    }
}
