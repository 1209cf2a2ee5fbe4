//! One or two timelines as a page of their own.

use askama::Template;
use thiserror::Error;

use super::Timeline;
use super::section::Section;

/// Why the page could not be made.
#[derive(Debug, Error)]
pub enum Error {
    /// The data for the page's script could not be encoded.
    #[error("cannot encode the timeline for the page")]
    Data(#[from] serde_json::Error),
    /// The template could not be filled in.
    #[error("cannot fill in the template of the timeline's page")]
    Template(#[from] askama::Error),
}

const STYLE: &str = concat!(
    include_str!("../page/css/page.css"),
    include_str!("timeline.css"),
);

const SCRIPT: &str = concat!(
    include_str!("../page/js/place.js"),
    include_str!("../page/js/theme.js"),
    include_str!("js/model.js"),
    include_str!("js/draw.js"),
    include_str!("js/hand.js"),
    include_str!("js/tell.js"),
    include_str!("js/alone.js"),
);

#[derive(Template)]
#[template(path = "alone.html")]
struct Alone {
    title: String,
    style: &'static str,
    script: &'static str,
    timeline: Section,
}

/// A page with these timelines on one scale: one HTML file that makes no request. It opens with the first one, beside
/// another on the same input if there is one.
///
/// # Errors
///
/// [`enum@Error`].
pub fn page(timelines: &[Timeline]) -> Result<String, Error> {
    let names: Vec<_> = (timelines.iter())
        .map(|timeline| timeline.case.to_string())
        .collect();
    let alone = Alone {
        title: format!("What happens when in {}", names.join(" and ")),
        style: STYLE,
        script: SCRIPT,
        timeline: Section::of(timelines)?,
    };
    Ok(alone.render()?)
}
