//! What went wrong, on a page: what, where, by which clause, and what to do next.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use xinyu_http::ApiError;
use xinyu_locale::Lang;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::page::{Page, in_lang, words};
use crate::visitor::escape;

/// A problem on its way to the reader.
pub(crate) struct Fault {
    lang: Lang,
    page: Option<Box<Page>>,
    problem: Box<Problem>,
}

impl Fault {
    /// Of a call to the API, in the frame of the page on which it happened if there is one.
    pub(crate) fn of(lang: Lang, page: Option<Page>, error: ApiError) -> Self {
        Self { lang, page: page.map(Box::new), problem: Box::new(problem_of(error)) }
    }

    /// Without a frame.
    pub(crate) fn alone(lang: Lang, problem: Problem) -> Self {
        Self { lang, page: None, problem: Box::new(problem) }
    }

    /// What went wrong with a form, to be told above the form with all that was typed.
    ///
    /// # Errors
    /// If the session is over: only the login helps then.
    pub(crate) fn above_form(self) -> Result<Told, Self> {
        if self.problem.status == 401 { Err(self) } else { Ok(Told::new(self.lang, &self.problem)) }
    }

    /// Of a form, in the frame of its page.
    pub(crate) fn in_form(page: &Page, problem: Problem) -> Self {
        Self { lang: page.lang, page: Some(Box::new(page.clone())), problem: Box::new(problem) }
    }
}

/// The problem behind a failed call; what is wrong between console and node is told without details, which go to the log.
pub(crate) fn problem_of(error: ApiError) -> Problem {
    match error {
        ApiError::Problem(problem) => *problem,
        other => {
            tracing::error!(error = %other, "console cannot use the node's own API");
            Problem::new(502, "node-unavailable", Text::new("节点暂时无法应答", "the node does not answer")).next(
                Text::new(
                    "请稍后重试；若持续出现，请联系节点管理员",
                    "try again soon; if it persists, tell the administrator of the node",
                ),
            )
        }
    }
}

/// A problem in the reader's language.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) title: String,
    pub(crate) detail: Option<String>,
    pub(crate) next: Option<String>,
    pub(crate) clause: Option<String>,
    pub(crate) instance: Option<String>,
    pub(crate) code: String,
    pub(crate) status: u16,
}

impl Told {
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_GATEWAY)
    }

    pub(crate) fn new(lang: Lang, problem: &Problem) -> Self {
        let say = |text: &Text| in_lang(lang, text).to_owned();
        Self {
            title: say(&problem.title),
            detail: problem.detail.as_ref().map(say),
            next: problem.next.as_ref().map(say),
            clause: problem.clause.clone(),
            instance: problem.instance.clone(),
            code: problem.code.clone(),
            status: problem.status,
        }
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    page: Page,
    told: Told,
}

#[derive(Template)]
#[template(path = "problem_alone.html")]
struct ProblemAlone {
    lang: Lang,
    told: Told,
}

words!(ProblemAlone);

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let told = Told::new(self.lang, &self.problem);
        let status = told.status();
        match self.page {
            Some(page) if status == StatusCode::UNAUTHORIZED => {
                Redirect::to(&format!("/login?next={}", escape(&page.here))).into_response()
            }
            Some(page) => rendered(status, &ProblemPage { page: *page, told }),
            None => rendered(status, &ProblemAlone { lang: self.lang, told }),
        }
    }
}

/// A page as a response.
pub(crate) fn rendered(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
