//! The fence: SQLite asks for every single thing a statement would do, while it compiles it, and gets yes for reading
//! the tables of this environment and for the functions of a list, no for all else. <https://sqlite.org/c3ref/set_authorizer.html>
//!
//! The only file with unsafe code, since sqlx offers none of these calls: each takes the handle that sqlx has locked
//! for us, so that nobody else uses the connection meanwhile.

#![expect(unsafe_code, reason = "authorizer, limits and statement tail exist in SQLite's C interface only")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use libsqlite3_sys as ffi;

use crate::SandboxError;

mod functions;

/// What the authorizer knows and has seen; shared by the environment and the engine's connection.
#[derive(Debug, Default)]
pub(crate) struct Fence(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// We ourselves are at work: everything is allowed.
    is_open: bool,
    /// Tables that may be read: name in lower case → name as created.
    tables: BTreeMap<String, String>,
    /// Names that stand for tables the engine makes up, in lower case.
    modules: BTreeSet<String>,
    seen: Seen,
}

/// What a statement would do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Table and column, names as created.
    pub(crate) fields: BTreeSet<(String, String)>,
    pub(crate) tables: BTreeSet<String>,
    pub(crate) functions: BTreeSet<String>,
    /// The first thing that was refused.
    pub(crate) refused: Option<String>,
}

/// The fence stands open as long as this lives.
pub(crate) struct Opening<'a>(&'a Fence);

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        self.0.state().is_open = false;
    }
}

impl Fence {
    /// Lets our own statements through.
    pub(crate) fn open(&self) -> Opening<'_> {
        self.state().is_open = true;
        Opening(self)
    }

    /// Makes a table known as readable.
    pub(crate) fn add_table(&self, name: &str) {
        self.state().tables.insert(name.to_lowercase(), name.to_owned());
    }

    /// Names the engine's made-up tables.
    pub(crate) fn add_module(&self, name: &str) {
        self.state().modules.insert(name.to_lowercase());
    }

    /// What has been seen since the last time, which is forgotten.
    pub(crate) fn take_seen(&self) -> Seen {
        std::mem::take(&mut self.state().seen)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn judge(&mut self, action: c_int, first: Option<&str>, second: Option<&str>, schema: Option<&str>) -> c_int {
        if self.is_open {
            return ffi::SQLITE_OK;
        }
        let refused = match action {
            ffi::SQLITE_SELECT | ffi::SQLITE_RECURSIVE => None,
            ffi::SQLITE_READ => self.read(first.unwrap_or_default(), second.unwrap_or_default(), schema),
            // sqlx takes an interrupted load back by itself, when we are no longer there. A query cannot: it has no rows.
            ffi::SQLITE_TRANSACTION if first == Some("ROLLBACK") => None,
            ffi::SQLITE_FUNCTION => self.function(second.unwrap_or_default()),
            other => Some(action_name(other)),
        };
        match refused {
            None => ffi::SQLITE_OK,
            Some(what) => {
                self.seen.refused.get_or_insert(what);
                ffi::SQLITE_DENY
            }
        }
    }

    /// An empty column means that the table is read but none of its columns, as for `count(*)`. The name is then the
    /// one in the query, which may also be that of a WITH table.
    fn read(&mut self, table: &str, column: &str, schema: Option<&str>) -> Option<String> {
        let lower = table.to_lowercase();
        let is_ours = schema.is_none_or(|schema| schema == "main");
        if let Some(name) = self.tables.get(&lower).filter(|_| is_ours) {
            self.seen.tables.insert(name.clone());
            if !column.is_empty() {
                self.seen.fields.insert((name.clone(), column.to_owned()));
            }
            return None;
        }
        let is_made_up = ["sqlite_", "pragma_", "json"].iter().any(|prefix| lower.starts_with(prefix))
            || self.modules.contains(&lower);
        let is_with_table = column.is_empty() && schema.is_none_or(|schema| schema == "main") && !is_made_up;
        (!is_with_table).then(|| format!("reading {table}"))
    }

    fn function(&mut self, name: &str) -> Option<String> {
        let lower = name.to_lowercase();
        if !functions::is_allowed(&lower) {
            return Some(format!("the function {name}"));
        }
        self.seen.functions.insert(lower);
        None
    }
}

fn action_name(action: c_int) -> String {
    let name = match action {
        ffi::SQLITE_ATTACH | ffi::SQLITE_DETACH => "ATTACH",
        ffi::SQLITE_PRAGMA => "PRAGMA",
        ffi::SQLITE_TRANSACTION | ffi::SQLITE_SAVEPOINT => "a transaction",
        ffi::SQLITE_INSERT | ffi::SQLITE_UPDATE | ffi::SQLITE_DELETE => "writing",
        ffi::SQLITE_CREATE_TEMP_INDEX
        | ffi::SQLITE_CREATE_TEMP_TABLE
        | ffi::SQLITE_CREATE_TEMP_TRIGGER
        | ffi::SQLITE_CREATE_TEMP_VIEW => "CREATE TEMP",
        ffi::SQLITE_CREATE_INDEX
        | ffi::SQLITE_CREATE_TABLE
        | ffi::SQLITE_CREATE_TRIGGER
        | ffi::SQLITE_CREATE_VIEW
        | ffi::SQLITE_CREATE_VTABLE => "CREATE",
        _ => "anything but SELECT",
    };
    name.to_owned()
}

/// Sets up the fence on a connection, which from then on owns a share of it.
pub(crate) fn install(mut handle: NonNull<ffi::sqlite3>, fence: &Arc<Fence>) -> Result<(), SandboxError> {
    let shared = Arc::into_raw(Arc::clone(fence)).cast_mut().cast::<c_void>();
    // SAFETY: the handle is locked for us. The pointer is an `Arc`'s; the connection gives it to `release` when it is
    // closed or when the call itself fails, and calls the authorizer only before that.
    let outcome = unsafe {
        let db = handle.as_mut();
        match ffi::sqlite3_set_clientdata(db, c"xinyu-fence".as_ptr(), shared, Some(release)) {
            ffi::SQLITE_OK => ffi::sqlite3_set_authorizer(db, Some(authorize), shared),
            failure => failure,
        }
    };
    if outcome == ffi::SQLITE_OK { Ok(()) } else { Err(engine_error("the authorizer cannot be set")) }
}

unsafe extern "C" fn release(shared: *mut c_void) {
    // SAFETY: called once, with the pointer that `install` made of an `Arc<Fence>`.
    drop(unsafe { Arc::from_raw(shared.cast_const().cast::<Fence>()) });
}

unsafe extern "C" fn authorize(
    shared: *mut c_void,
    action: c_int,
    first: *const c_char,
    second: *const c_char,
    schema: *const c_char,
    _trigger: *const c_char,
) -> c_int {
    // A panic must not cross into C; what is not decided is denied.
    catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the pointer is the fence that `install` gave, alive until `release`.
        let fence = unsafe { &*shared.cast_const().cast::<Fence>() };
        // SAFETY: SQLite passes null or texts that live as long as this call.
        let (first, second, schema) = unsafe { (text(first), text(second), text(schema)) };
        fence.state().judge(action, first.as_deref(), second.as_deref(), schema.as_deref())
    }))
    .unwrap_or(ffi::SQLITE_DENY)
}

/// # Safety
/// `text` is null or a C text that lives during the call.
unsafe fn text(text: *const c_char) -> Option<String> {
    // SAFETY: the caller's promise.
    NonNull::new(text.cast_mut()).map(|text| unsafe { CStr::from_ptr(text.as_ptr()) }.to_string_lossy().into_owned())
}

/// Takes away the form of a built-in function that has two arguments.
pub(crate) fn remove_binary_function(mut handle: NonNull<ffi::sqlite3>, name: &CStr) -> Result<(), SandboxError> {
    // SAFETY: the handle is locked for us, the name is copied; a function without code is a deleted one.
    let outcome = unsafe {
        let (db, nothing) = (handle.as_mut(), ptr::null_mut());
        ffi::sqlite3_create_function_v2(db, name.as_ptr(), 2, ffi::SQLITE_UTF8, nothing, None, None, None, None)
    };
    if outcome == ffi::SQLITE_OK { Ok(()) } else { Err(engine_error("a function cannot be removed")) }
}

/// Sets one of SQLite's run-time limits.
pub(crate) fn set_limit(mut handle: NonNull<ffi::sqlite3>, limit: Limit, value: i32) {
    let id = match limit {
        Limit::ValueBytes => ffi::SQLITE_LIMIT_LENGTH,
        Limit::QueryBytes => ffi::SQLITE_LIMIT_SQL_LENGTH,
        Limit::Columns => ffi::SQLITE_LIMIT_COLUMN,
        Limit::ExpressionDepth => ffi::SQLITE_LIMIT_EXPR_DEPTH,
        Limit::CompoundSelects => ffi::SQLITE_LIMIT_COMPOUND_SELECT,
        Limit::Instructions => ffi::SQLITE_LIMIT_VDBE_OP,
        Limit::FunctionArguments => ffi::SQLITE_LIMIT_FUNCTION_ARG,
        Limit::AttachedDatabases => ffi::SQLITE_LIMIT_ATTACHED,
        Limit::LikePatternBytes => ffi::SQLITE_LIMIT_LIKE_PATTERN_LENGTH,
        Limit::WorkerThreads => ffi::SQLITE_LIMIT_WORKER_THREADS,
    };
    // SAFETY: the handle is locked for us, the limit is one that SQLite knows.
    unsafe { ffi::sqlite3_limit(handle.as_mut(), id, value) };
}

/// The run-time limits that we set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    ValueBytes,
    QueryBytes,
    Columns,
    ExpressionDepth,
    CompoundSelects,
    Instructions,
    FunctionArguments,
    AttachedDatabases,
    LikePatternBytes,
    WorkerThreads,
}

/// Bytes that SQLite has allocated in this process.
pub(crate) fn memory_used() -> i64 {
    // SAFETY: takes and touches nothing of ours.
    unsafe { ffi::sqlite3_memory_used() }
}

/// A statement as SQLite understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// One statement that reads and answers with rows of these columns.
    Select(Vec<String>),
    /// Nothing, several, one that writes or explains.
    Other,
}

/// Compiles a query without running it; what it would do is then in [`Fence::take_seen`].
///
/// # Errors
/// SQLite's own words, if it does not compile.
pub(crate) fn inspect(handle: NonNull<ffi::sqlite3>, sql: &str) -> Result<Statement, String> {
    let sql = CString::new(sql).map_err(|_| "query holds a zero byte".to_owned())?;
    let (first, tail) = prepare(handle, &sql)?;
    let Some(first) = first else {
        return Ok(Statement::Other);
    };
    let columns = first.columns();
    drop(first);
    let (next, _) = prepare(handle, tail)?;
    Ok(columns.filter(|_| next.is_none()).map_or(Statement::Other, Statement::Select))
}

/// A compiled statement.
struct Prepared(NonNull<ffi::sqlite3_stmt>);

impl Prepared {
    /// The names of the columns of its rows, if it reads, has rows, and does not merely explain.
    fn columns(&self) -> Option<Vec<String>> {
        let statement = self.0.as_ptr();
        // SAFETY: the statement lives until it is dropped, and its connection is locked for us until then. A name is null
        // or a C text that lives until the statement is finalized or its column asked for again.
        unsafe {
            let is_select = ffi::sqlite3_stmt_readonly(statement) != 0
                && ffi::sqlite3_stmt_isexplain(statement) == 0
                && ffi::sqlite3_column_count(statement) > 0;
            let name = |column| text(ffi::sqlite3_column_name(statement, column)).unwrap_or_default();
            is_select.then(|| (0..ffi::sqlite3_column_count(statement)).map(name).collect())
        }
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // SAFETY: prepared by `prepare`, finalized nowhere else.
        unsafe { ffi::sqlite3_finalize(self.0.as_ptr()) };
    }
}

/// Compiles the first statement of a text; none if only blanks and comments stand there. Also what follows it.
fn prepare(mut handle: NonNull<ffi::sqlite3>, sql: &CStr) -> Result<(Option<Prepared>, &CStr), String> {
    let mut statement = ptr::null_mut();
    let mut tail = ptr::null();
    // SAFETY: the handle is locked for us; the text ends with a zero byte, which the length of -1 asks for; `tail` then
    // points into that text, whose end is its own.
    unsafe {
        let db = handle.as_mut();
        match ffi::sqlite3_prepare_v2(db, sql.as_ptr(), -1, &raw mut statement, &raw mut tail) {
            ffi::SQLITE_OK => {
                let tail = if tail.is_null() { c"" } else { CStr::from_ptr(tail) };
                Ok((NonNull::new(statement).map(Prepared), tail))
            }
            _ => Err(text(ffi::sqlite3_errmsg(db)).unwrap_or_default()),
        }
    }
}

fn engine_error(what: &str) -> SandboxError {
    SandboxError::Engine(sqlx::Error::Protocol(what.to_owned()))
}
