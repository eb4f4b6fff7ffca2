//! One operation: a method, a path, a handler, and everything that the documentation says of it.

use std::any::TypeId;

use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Responder, Route, web};
use serde_json::Value;
use utoipa::ToSchema;

use super::Page;
use super::schema::Shape;

/// An operation with its documentation. Made in the file of its handler, listed in `routes`.
pub struct Endpoint {
    /// The address, e.g. `/api/v1/tokens/{id}`.
    pub path: &'static str,
    /// Whether no credential is asked for.
    pub is_public: bool,
    /// Whether the session of an administrator is a credential as good as a token.
    pub takes_sessions: bool,
    /// Whether it counts for the rate limit of its caller.
    pub is_metered: bool,
    pub(super) doc: Doc,
    methods: Vec<Method>,
    route: Box<dyn Fn(Method) -> Route>,
}

/// What the documentation says.
pub(super) struct Doc {
    /// Method in lower case that is documented.
    pub method: &'static str,
    /// Unique name, e.g. `list_tokens`.
    pub id: &'static str,
    /// The group that it is shown in.
    pub tag: &'static str,
    /// One line.
    pub summary: &'static str,
    /// More lines, in Markdown.
    pub description: String,
    /// Permissions that it asks for.
    pub needs: Vec<&'static str>,
    pub body: Option<BodyDoc>,
    pub query: Option<Input>,
    /// Whether it takes `limit`, `cursor` and `total`.
    pub is_list: bool,
    pub answers: Vec<AnswerDoc>,
    /// Descriptions of the parts of the path, where they are not ids.
    pub path_parameters: Vec<(&'static str, &'static str)>,
    pub headers: Vec<RequestHeader>,
    /// Statuses of problems beside those that follow from the rest.
    pub problems: Vec<u16>,
}

/// A body that is read.
pub(super) struct BodyDoc {
    pub input: Input,
    pub media_type: &'static str,
    pub example: Value,
}

/// Something that is checked against its schema.
pub(super) struct Input {
    pub type_id: TypeId,
    pub shape: Shape,
}

/// An answer that is no problem.
pub(super) struct AnswerDoc {
    pub status: u16,
    pub description: &'static str,
    /// Media type, schema and example; none = no body.
    pub content: Option<(&'static str, Option<Shape>, Value)>,
    /// Names and descriptions.
    pub headers: Vec<(&'static str, &'static str)>,
}

/// Request headers with a meaning of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestHeader {
    IfMatch,
    IfNoneMatch,
    IdempotencyKey,
}

impl Endpoint {
    fn new<Args, F>(
        method: Method,
        lower: &'static str,
        path: &'static str,
        id: &'static str,
        handler: F,
    ) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let methods = if method == Method::GET { vec![method, Method::HEAD] } else { vec![method] };
        let doc = Doc {
            method: lower,
            id,
            tag: "",
            summary: "",
            description: String::new(),
            needs: Vec::new(),
            body: None,
            query: None,
            is_list: false,
            answers: Vec::new(),
            path_parameters: Vec::new(),
            headers: Vec::new(),
            problems: Vec::new(),
        };
        let route = Box::new(move |method| web::method(method).to(handler.clone()));
        Self { path, is_public: false, takes_sessions: true, is_metered: true, doc, methods, route }
    }

    /// `GET` and `HEAD`.
    pub fn get<Args, F>(path: &'static str, id: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::new(Method::GET, "get", path, id, handler)
    }

    /// `POST`.
    pub fn post<Args, F>(path: &'static str, id: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::new(Method::POST, "post", path, id, handler)
    }

    /// `PUT`.
    pub fn put<Args, F>(path: &'static str, id: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::new(Method::PUT, "put", path, id, handler)
    }

    /// `PATCH`.
    pub fn patch<Args, F>(path: &'static str, id: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::new(Method::PATCH, "patch", path, id, handler)
    }

    /// `DELETE`.
    pub fn delete<Args, F>(path: &'static str, id: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::new(Method::DELETE, "delete", path, id, handler)
    }

    /// No credential is asked for.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.is_public = true;
        self
    }

    /// Only a token is taken: the request may come from elsewhere than a page of ours.
    #[must_use]
    pub fn bearer_only(mut self) -> Self {
        self.takes_sessions = false;
        self
    }

    /// It does not count for the rate limit of its caller.
    #[must_use]
    pub fn unmetered(mut self) -> Self {
        self.is_metered = false;
        self
    }

    /// The group that it is shown in, and what it does, in one line.
    #[must_use]
    pub fn about(mut self, tag: &'static str, summary: &'static str) -> Self {
        self.doc.tag = tag;
        self.doc.summary = summary;
        self
    }

    /// More about it, in Markdown.
    #[must_use]
    pub fn details(mut self, text: impl Into<String>) -> Self {
        self.doc.description = text.into();
        self
    }

    /// A permission that it asks for. This documents what the service behind it insists on.
    #[must_use]
    pub fn needs(mut self, permission: &'static str) -> Self {
        self.doc.needs.push(permission);
        self
    }

    /// What a part of the path is; ids explain themselves.
    #[must_use]
    pub fn part(mut self, name: &'static str, description: &'static str) -> Self {
        self.doc.path_parameters.push((name, description));
        self
    }

    /// Takes a JSON body, for the extractor [`Body`](super::Body).
    #[must_use]
    pub fn body<T: ToSchema + 'static>(self, example: Value) -> Self {
        self.body_as::<T>("application/json", example)
    }

    /// Takes a body of another media type.
    #[must_use]
    pub fn body_as<T: ToSchema + 'static>(mut self, media_type: &'static str, example: Value) -> Self {
        self.doc.body = Some(BodyDoc { input: Input::of::<T>(), media_type, example });
        self
    }

    /// Takes parameters in the query, for the extractors [`Query`](super::list::Query) and
    /// [`List`](super::List).
    #[must_use]
    pub fn query<T: ToSchema + 'static>(mut self) -> Self {
        self.doc.query = Some(Input { type_id: TypeId::of::<T>(), shape: Shape::of_query::<T>() });
        self
    }

    /// Answers a page of `T`, and takes `Q` and the parameters of a page in the query.
    #[must_use]
    pub fn lists<Q: ToSchema + 'static, T: ToSchema + 'static>(self, example: &Value) -> Self {
        let mut this = self.query::<Q>().answers::<Page<T>>(
            200,
            "A page of the list",
            serde_json::json!({"results": [example], "next_cursor": null}),
        );
        this.doc.is_list = true;
        this.header("Link", "The addresses of the first page and, if there is one, of the next (RFC 8288)")
    }

    /// An answer with a JSON body.
    #[must_use]
    pub fn answers<T: ToSchema + 'static>(
        self,
        status: u16,
        description: &'static str,
        example: Value,
    ) -> Self {
        self.answer(status, description, Some(("application/json", Some(Shape::of::<T>()), example)))
    }

    /// An answer of another media type, without a schema.
    #[must_use]
    pub fn answers_as(
        self,
        media_type: &'static str,
        status: u16,
        description: &'static str,
        example: Value,
    ) -> Self {
        self.answer(status, description, Some((media_type, None, example)))
    }

    /// An answer without a body.
    #[must_use]
    pub fn answers_nothing(self, status: u16, description: &'static str) -> Self {
        self.answer(status, description, None)
    }

    fn answer(
        mut self,
        status: u16,
        description: &'static str,
        content: Option<(&'static str, Option<Shape>, Value)>,
    ) -> Self {
        self.doc.answers.push(AnswerDoc { status, description, content, headers: Vec::new() });
        self
    }

    /// A header of the answer that was named last.
    #[must_use]
    pub fn header(mut self, name: &'static str, description: &'static str) -> Self {
        if let Some(answer) = self.doc.answers.last_mut() {
            answer.headers.push((name, description));
        }
        self
    }

    /// Takes `If-Match`, where the handler calls [`Call::expect`](super::Call::expect).
    #[must_use]
    pub fn takes_if_match(mut self) -> Self {
        self.doc.headers.push(RequestHeader::IfMatch);
        self
    }

    /// Takes `If-None-Match`, where the handler answers with [`Call::show`](super::Call::show).
    #[must_use]
    pub fn takes_if_none_match(mut self) -> Self {
        self.doc.headers.push(RequestHeader::IfNoneMatch);
        self.header("ETag", "The version of what is shown")
    }

    /// Takes `Idempotency-Key`, where the handler calls [`Call::once`](super::Call::once).
    #[must_use]
    pub fn takes_idempotency_key(mut self) -> Self {
        self.doc.headers.push(RequestHeader::IdempotencyKey);
        self
    }

    /// A problem that it can answer beside those that follow from what it takes.
    #[must_use]
    pub fn problem(mut self, status: u16) -> Self {
        self.doc.problems.push(status);
        self
    }

    /// The methods that it is served under.
    pub(super) fn methods(&self) -> impl Iterator<Item = Method> {
        self.methods.iter().cloned()
    }

    /// Its routes.
    pub(super) fn routes(&self) -> impl Iterator<Item = Route> {
        self.methods.iter().map(|method| (self.route)(method.clone()))
    }
}

impl Input {
    fn of<T: ToSchema + 'static>() -> Self {
        Self { type_id: TypeId::of::<T>(), shape: Shape::of::<T>() }
    }
}
