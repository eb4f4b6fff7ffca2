//! Reads what a browser would send from the forms of a page.

/// An element that belongs to a form: its name, its attributes as one text, and what stands in it.
struct Control<'p> {
    tag: &'p str,
    attributes: &'p str,
    content: &'p str,
}

/// The fields that the form at `action` would send, as it came.
pub fn fields(page: &str, action: &str) -> Vec<(String, String)> {
    let form = form(page, action);
    let mut sent = Vec::new();
    for control in controls(form) {
        let Some(name) = attribute(control.attributes, "name") else { continue };
        if has(control.attributes, "disabled") {
            continue;
        }
        let value = attribute(control.attributes, "value");
        match (control.tag, attribute(control.attributes, "type").as_deref()) {
            ("button", _) => {}
            ("input", Some("checkbox" | "radio")) => {
                if has(control.attributes, "checked") {
                    sent.push((name, value.unwrap_or_else(|| "on".into())));
                }
            }
            ("input", _) => sent.push((name, value.unwrap_or_default())),
            // The first line break in a text area is not part of it; the others are sent as CR LF.
            ("textarea", _) => {
                let text = unescape(control.content);
                sent.push((name, text.strip_prefix('\n').unwrap_or(&text).replace('\n', "\r\n")));
            }
            _ => sent.push((name, chosen(control.content))),
        }
    }
    sent
}

/// The same with some of them changed; what is not in the form is added.
pub fn filled(page: &str, action: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut sent = fields(page, action);
    for (name, value) in changes {
        match sent.iter_mut().find(|(n, _)| n == name) {
            Some((_, old)) => *old = (*value).into(),
            None => sent.push(((*name).into(), (*value).into())),
        }
    }
    sent
}

/// As a visitor takes them.
pub fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The names of the form's controls that a person can fill in with any text.
pub fn texts(page: &str, action: &str) -> Vec<String> {
    let is_text = |control: &Control<'_>| match control.tag {
        "textarea" => true,
        "input" => matches!(attribute(control.attributes, "type").as_deref(), None | Some("text")),
        _ => false,
    };
    controls(form(page, action))
        .iter()
        .filter(|c| is_text(c))
        .filter_map(|c| attribute(c.attributes, "name"))
        .collect()
}

/// What the links of a page lead to.
pub fn links(page: &str) -> Vec<String> {
    page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(unescape).collect()
}

fn form<'p>(page: &'p str, action: &str) -> &'p str {
    let escaped = action.replace('&', "&amp;");
    page.split("<form ")
        .skip(1)
        .find(|form| {
            let head = form.split('>').next().unwrap();
            head.contains("method=\"post\"") && head.contains(&format!("action=\"{escaped}\""))
        })
        .and_then(|form| form.split("</form>").next())
        .unwrap_or_else(|| panic!("there is no form for {action} in {page}"))
}

fn controls(form: &str) -> Vec<Control<'_>> {
    let mut found = Vec::new();
    for (at, _) in form.match_indices('<') {
        let rest = &form[at + 1..];
        let Some(tag) = ["input", "select", "textarea", "button"]
            .into_iter()
            .find(|tag| rest.strip_prefix(tag).is_some_and(|after| after.starts_with([' ', '>'])))
        else {
            continue;
        };
        // Attributes are quoted, and a `>` in one is escaped.
        let (attributes, rest) = rest.split_once('>').unwrap();
        let content = rest.split(&format!("</{tag}>")).next().unwrap();
        found.push(Control { tag: if tag == "select" { "select" } else { tag }, attributes, content });
    }
    found
}

fn chosen(options: &str) -> String {
    let mut first = None;
    for option in options.split("<option").skip(1) {
        let attributes = option.split('>').next().unwrap();
        let value = attribute(attributes, "value").unwrap_or_default();
        if has(attributes, "selected") {
            return value;
        }
        first.get_or_insert(value);
    }
    first.unwrap_or_default()
}

fn attribute(attributes: &str, name: &str) -> Option<String> {
    let rest = attributes.split_once(&format!(" {name}=\""))?.1;
    Some(unescape(rest.split('"').next()?))
}

fn has(attributes: &str, name: &str) -> bool {
    attributes.split(' ').any(|part| part == name)
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
