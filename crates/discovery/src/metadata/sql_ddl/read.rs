//! Reading in three dialects.

use sqlparser::ast::{
    AlterTableOperation, BinaryOperator, ColumnDef, ColumnOption, CommentDef, CommentObject, CreateTable,
    CreateTableOptions, DataType, EnumMember, Expr, ForeignKeyConstraint, Ident, InTarget, IndexColumn, ObjectName,
    SqlOption, Statement, TableConstraint, UnaryOperator, Value,
};
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;
use xinyu_core::data::{Cell, ColumnKind};
use xinyu_core::fault::Rejection;

use super::FORMAT;
use crate::metadata::encoding::{self, Encoding};
use crate::metadata::loss::Losses;
use crate::metadata::model::{Description, Field, ForeignKey, Phrase, Table};
use crate::metadata::{member, unreadable};

/// Expressions inside each other.
const MAX_DEPTH: usize = 40;

/// Types that are less than what they were; exact ones have no mark. Compared with what stands before a parenthesis.
const TYPES: &[(&str, ColumnKind, bool)] = &[
    ("TEXT", ColumnKind::Text, true),
    ("VARCHAR", ColumnKind::Text, true),
    ("CHARACTER VARYING", ColumnKind::Text, true),
    ("CHAR VARYING", ColumnKind::Text, true),
    ("NVARCHAR", ColumnKind::Text, true),
    ("VARCHAR2", ColumnKind::Text, true),
    ("CHAR", ColumnKind::Text, true),
    ("CHARACTER", ColumnKind::Text, true),
    ("STRING", ColumnKind::Text, true),
    ("CLOB", ColumnKind::Text, true),
    ("TINYTEXT", ColumnKind::Text, true),
    ("MEDIUMTEXT", ColumnKind::Text, true),
    ("LONGTEXT", ColumnKind::Text, true),
    ("ENUM", ColumnKind::Text, true),
    ("BIGINT", ColumnKind::Integer, true),
    ("INTEGER", ColumnKind::Integer, true),
    ("INT8", ColumnKind::Integer, true),
    ("INT", ColumnKind::Integer, false),
    ("INT2", ColumnKind::Integer, false),
    ("INT4", ColumnKind::Integer, false),
    ("SMALLINT", ColumnKind::Integer, false),
    ("TINYINT", ColumnKind::Integer, false),
    ("MEDIUMINT", ColumnKind::Integer, false),
    ("SERIAL", ColumnKind::Integer, false),
    ("BIGSERIAL", ColumnKind::Integer, false),
    ("SMALLSERIAL", ColumnKind::Integer, false),
    ("INT UNSIGNED", ColumnKind::Integer, false),
    ("INTEGER UNSIGNED", ColumnKind::Integer, false),
    ("SMALLINT UNSIGNED", ColumnKind::Integer, false),
    ("TINYINT UNSIGNED", ColumnKind::Integer, false),
    ("MEDIUMINT UNSIGNED", ColumnKind::Integer, false),
    ("BIGINT UNSIGNED", ColumnKind::Integer, false),
    ("DOUBLE PRECISION", ColumnKind::Real, true),
    ("DOUBLE", ColumnKind::Real, true),
    ("FLOAT8", ColumnKind::Real, true),
    ("REAL", ColumnKind::Real, false),
    ("FLOAT", ColumnKind::Real, false),
    ("FLOAT4", ColumnKind::Real, false),
    ("NUMERIC", ColumnKind::Real, false),
    ("DECIMAL", ColumnKind::Real, false),
    ("DEC", ColumnKind::Real, false),
    ("MONEY", ColumnKind::Real, false),
    ("BOOLEAN", ColumnKind::Boolean, true),
    ("BOOL", ColumnKind::Boolean, true),
    ("DATE", ColumnKind::Date, true),
    ("TIMESTAMP", ColumnKind::Timestamp, true),
    ("TIMESTAMPTZ", ColumnKind::Timestamp, true),
    ("TIMESTAMP WITH TIME ZONE", ColumnKind::Timestamp, true),
    ("TIMESTAMP WITHOUT TIME ZONE", ColumnKind::Timestamp, true),
    ("DATETIME", ColumnKind::Timestamp, true),
    ("UUID", ColumnKind::Text, false),
    ("JSON", ColumnKind::Text, false),
    ("JSONB", ColumnKind::Text, false),
    ("XML", ColumnKind::Text, false),
    ("TIME", ColumnKind::Text, false),
    ("TIMETZ", ColumnKind::Text, false),
    ("INTERVAL", ColumnKind::Text, false),
    ("BYTEA", ColumnKind::Text, false),
    ("BLOB", ColumnKind::Text, false),
    ("BINARY", ColumnKind::Text, false),
    ("VARBINARY", ColumnKind::Text, false),
    ("INET", ColumnKind::Text, false),
    ("CIDR", ColumnKind::Text, false),
    ("YEAR", ColumnKind::Integer, false),
    ("BIT", ColumnKind::Text, false),
    ("SET", ColumnKind::Text, false),
];

/// One reading of a document.
struct Attempt {
    statements: Vec<(u64, Statement)>,
    /// Lines of what was not understood.
    skipped: Vec<u64>,
}

pub(super) fn read(bytes: &[u8], lost: &mut Losses) -> Result<(Description, Encoding), Rejection> {
    let (text, encoding) = encoding::decode(bytes)?;
    let mut best: Option<(usize, Attempt)> = None;
    for dialect in dialects(&text) {
        let Some(attempt) = attempt(dialect, &text) else { continue };
        let tables =
            attempt.statements.iter().filter(|(_, statement)| matches!(statement, Statement::CreateTable(_))).count();
        let is_better =
            best.as_ref().is_none_or(|(known, other)| (tables, other.skipped.len()) > (*known, attempt.skipped.len()));
        let is_whole = attempt.skipped.is_empty();
        if is_better {
            best = Some((tables, attempt));
        }
        if is_whole {
            break;
        }
    }
    let Some((1.., attempt)) = best else {
        return Err(unreadable(
            FORMAT.title,
            "没有可读的 CREATE TABLE 语句",
            "it has no statement CREATE TABLE that can be read",
        ));
    };
    for line in attempt.skipped {
        lost.left(place(line), "语句无法解析，已跳过", "a statement that is not understood is passed over");
    }
    let mut description = Description::default();
    for (line, statement) in attempt.statements {
        read_statement(statement, line, &mut description, lost);
    }
    Ok((description, encoding))
}

/// The likeliest first.
fn dialects(text: &str) -> [&'static dyn Dialect; 3] {
    let upper = text.to_uppercase();
    let says = |words: &[&str]| words.iter().any(|word| upper.contains(word));
    if says(&["`", "ENGINE=", "ENGINE =", "AUTO_INCREMENT"]) {
        [&MySqlDialect {}, &SQLiteDialect {}, &PostgreSqlDialect {}]
    } else if says(&["AUTOINCREMENT", "WITHOUT ROWID"]) {
        [&SQLiteDialect {}, &PostgreSqlDialect {}, &MySqlDialect {}]
    } else {
        [&PostgreSqlDialect {}, &SQLiteDialect {}, &MySqlDialect {}]
    }
}

/// All statements that a dialect understands; none if it does not even find the words.
fn attempt(dialect: &dyn Dialect, text: &str) -> Option<Attempt> {
    let mut parser = Parser::new(dialect).with_recursion_limit(MAX_DEPTH).try_with_sql(text).ok()?;
    let mut attempt = Attempt { statements: Vec::new(), skipped: Vec::new() };
    loop {
        while parser.consume_token(&Token::SemiColon) {}
        let begin = parser.peek_token();
        if begin.token == Token::EOF {
            return Some(attempt);
        }
        let line = begin.span.start.line;
        let parsed = parser
            .parse_statement()
            .ok()
            .filter(|_| matches!(parser.peek_token().token, Token::SemiColon | Token::EOF));
        match parsed {
            Some(statement) => attempt.statements.push((line, statement)),
            None => {
                attempt.skipped.push(line);
                while !matches!(parser.next_token().token, Token::SemiColon | Token::EOF) {}
            }
        }
    }
}

fn place(line: u64) -> String {
    format!("line {line}")
}

fn read_statement(statement: Statement, line: u64, description: &mut Description, lost: &mut Losses) {
    match statement {
        Statement::CreateTable(create) => read_table(create, line, description, lost),
        Statement::Comment { object_type, object_name, comment: Some(words), .. } => {
            let is_taken = read_comment(&object_type, &object_name, &words, line, &mut description.tables, lost);
            if !is_taken {
                lost.left(place(line), "注释的对象不在其中", "what the comment is about is not there");
            }
        }
        Statement::AlterTable(alter) => {
            let (name, _) = last(&alter.name);
            let mut table = description.tables.iter_mut().find(|table| table.name == name);
            for operation in alter.operations {
                match (&mut table, operation) {
                    (Some(table), AlterTableOperation::AddConstraint { constraint, .. }) => {
                        read_constraint(constraint, table, line, lost)
                    }
                    _ => lost.left(place(line), "对表的其他修改未采用", "another change of a table is not taken"),
                }
            }
        }
        _ => lost.left(place(line), "不是建表语句，未采用", "a statement that creates no table is not taken"),
    }
}

fn read_comment(
    kind: &CommentObject,
    name: &ObjectName,
    words: &str,
    line: u64,
    tables: &mut [Table],
    lost: &mut Losses,
) -> bool {
    let mut parts: Vec<String> =
        name.0.iter().filter_map(|part| part.as_ident()).map(|ident| ident.value.clone()).collect();
    let Some(own) = parts.pop() else { return false };
    let (title, description) = commented(words, line, lost);
    let slot = match kind {
        CommentObject::Table => {
            tables.iter_mut().find(|table| table.name == own).map(|table| (&mut table.title, &mut table.description))
        }
        CommentObject::Column => tables
            .iter_mut()
            .find(|table| Some(&table.name) == parts.last())
            .and_then(|table| table.fields.iter_mut().find(|field| field.name == own))
            .map(|field| (&mut field.title, &mut field.description)),
        _ => None,
    };
    slot.map(|(old, more)| (*old, *more) = (title, description)).is_some()
}

/// Title and description in a comment.
fn commented(words: &str, line: u64, lost: &mut Losses) -> (Phrase, Phrase) {
    let words = member::clean(&place(line), words.to_owned(), lost).unwrap_or_default();
    let (title, description) = words.split_once('\n').unwrap_or((&words, ""));
    (Phrase::of(title), Phrase::of(description))
}

/// The last part of a name, and whether there are more.
fn last(name: &ObjectName) -> (String, bool) {
    let last = name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone());
    (last.unwrap_or_default(), name.0.len() > 1)
}

fn read_table(create: CreateTable, line: u64, description: &mut Description, lost: &mut Losses) {
    let (name, is_qualified) = last(&create.name);
    if is_qualified {
        lost.left(place(line), "表名前的模式名未保留", "the schema before the name of the table is not kept");
    }
    if description.tables.iter().any(|table| table.name == name) {
        lost.left(place(line), "同名的表只采用第一个", "of tables of one name the first is taken");
        return;
    }
    let mut table = Table { name, ..Table::default() };
    for column in create.columns {
        read_column(column, line, &mut table, lost);
    }
    for constraint in create.constraints {
        read_constraint(constraint, &mut table, line, lost);
    }
    let mut comment = create.comment;
    if let CreateTableOptions::Plain(options)
    | CreateTableOptions::With(options)
    | CreateTableOptions::Options(options) = create.table_options
    {
        for option in options {
            match option {
                SqlOption::Comment(words) => comment = Some(words),
                _ => lost.left(place(line), "表的存储选项未保留", "options of how the table is stored are not kept"),
            }
        }
    }
    if let Some(CommentDef::WithEq(words) | CommentDef::WithoutEq(words)) = comment {
        (table.title, table.description) = commented(&words, line, lost);
    }
    for (is_there, zh, en) in [
        (create.query.is_some(), "AS 查询未保留", "the query after AS is not kept"),
        (create.like.is_some(), "LIKE 的表未读取", "the table after LIKE is not read"),
        (create.partition_by.is_some(), "分区未保留", "the partitioning is not kept"),
        (create.temporary, "临时表当作一般的表", "a temporary table is taken for one that stays"),
    ] {
        if is_there {
            lost.left(place(line), zh, en);
        }
    }
    description.tables.push(table);
}

fn read_column(column: ColumnDef, line: u64, table: &mut Table, lost: &mut Losses) {
    let line = Some(column.name.span.start.line).filter(|line| *line > 0).unwrap_or(line);
    let path = place(line);
    let mut field = Field::new(column.name.value.clone(), ColumnKind::Text);
    read_type(&column.data_type, &path, &mut field, lost);
    for option in column.options {
        match option.option {
            ColumnOption::Null => {}
            ColumnOption::NotNull => field.required = true,
            ColumnOption::PrimaryKey(_) => table.primary_key = vec![field.name.clone()],
            ColumnOption::Unique(_) => field.constraints.unique = true,
            ColumnOption::Comment(words) => (field.title, field.description) = commented(&words, line, lost),
            ColumnOption::Check(check) => read_check(&check.expr, std::slice::from_mut(&mut field), &path, lost),
            ColumnOption::ForeignKey(key) => {
                table.foreign_keys.push(foreign(&key, vec![field.name.clone()], &path, lost))
            }
            ColumnOption::Default(_) => lost.left(path.clone(), "缺省值未保留", "the default value is not kept"),
            _ => lost.left(path.clone(), "列的其他选项未保留", "another option of the column is not kept"),
        }
    }
    table.push(field, &path, lost);
}

fn read_type(data_type: &DataType, path: &str, field: &mut Field, lost: &mut Losses) {
    let said = data_type.to_string().to_uppercase();
    let (before, inside) = said.split_once('(').unwrap_or((&said, ""));
    // `TIMESTAMP(6) WITH TIME ZONE`
    let after = inside.split_once(')').map_or("", |(_, after)| after).trim();
    let name = format!("{} {after}", before.trim()).trim().to_owned();
    let known = TYPES.iter().find(|(known, ..)| *known == name);
    field.kind = known.map_or(ColumnKind::Text, |(_, kind, _)| *kind);
    let is_flag = name == "TINYINT" && inside.starts_with("1)");
    if is_flag {
        field.kind = ColumnKind::Boolean;
        lost.changed(path, "TINYINT(1) 按 boolean 处理", "TINYINT(1) is taken for boolean");
    } else if !known.is_some_and(|(.., is_exact)| *is_exact) {
        member::other_kind(path, known.is_some(), field.kind, lost);
    }
    let is_text = known.is_some_and(|(_, kind, is_exact)| *kind == ColumnKind::Text && *is_exact);
    let length: String = inside.chars().take_while(char::is_ascii_digit).collect();
    match (data_type, is_text) {
        (DataType::Enum(members, _), _) => {
            for value in members {
                let (EnumMember::Name(value) | EnumMember::NamedValue(value, _)) = value;
                field.constraints.allowed.extend(member::clean(path, value.clone(), lost).map(Cell::Text));
            }
        }
        (_, true) => field.constraints.max_length = length.parse().ok(),
        _ => {}
    }
}

fn read_constraint(constraint: TableConstraint, table: &mut Table, line: u64, lost: &mut Losses) {
    let path = place(line);
    match constraint {
        TableConstraint::PrimaryKey(key) => table.primary_key = columns(&key.columns, &path, lost),
        TableConstraint::Unique(unique) => {
            let names = columns(&unique.columns, &path, lost);
            let field = match names.as_slice() {
                [name] => table.fields.iter_mut().find(|field| field.name == *name),
                _ => None,
            };
            match field {
                Some(field) => field.constraints.unique = true,
                None => lost.left(path, "多列的唯一约束未保留", "a constraint UNIQUE of many columns is not kept"),
            }
        }
        TableConstraint::ForeignKey(key) => {
            let own = key.columns.iter().map(|name| name.value.clone()).collect();
            table.foreign_keys.push(foreign(&key, own, &path, lost));
        }
        TableConstraint::Check(check) => read_check(&check.expr, &mut table.fields, &path, lost),
        _ => lost.left(path, "索引未保留", "an index is not kept"),
    }
}

fn columns(list: &[IndexColumn], path: &str, lost: &mut Losses) -> Vec<String> {
    let mut names = Vec::new();
    for column in list {
        match &column.column.expr {
            Expr::Identifier(name) => names.push(name.value.clone()),
            _ => lost.left(path, "键中的表达式未保留", "an expression in a key is not kept"),
        }
    }
    names
}

fn foreign(key: &ForeignKeyConstraint, columns: Vec<String>, path: &str, lost: &mut Losses) -> ForeignKey {
    if key.on_delete.is_some() || key.on_update.is_some() {
        lost.left(path, "外键的级联动作未保留", "what a key does on deletion or update is not kept");
    }
    ForeignKey {
        columns,
        table: last(&key.foreign_table).0,
        referenced: key.referred_columns.iter().map(|name| name.value.clone()).collect(),
    }
}

/// Limits of a column and its list of values; every other check is reported.
fn read_check(check: &Expr, fields: &mut [Field], path: &str, lost: &mut Losses) {
    match check {
        Expr::Nested(inside) => return read_check(inside, fields, path, lost),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            read_check(left, fields, path, lost);
            return read_check(right, fields, path, lost);
        }
        Expr::BinaryOp { left, op, right } => {
            if let (Expr::Identifier(name), Some(limit)) = (left.as_ref(), value(right))
                && let Some(field) = find(fields, name)
            {
                let slot = match op {
                    BinaryOperator::GtEq => Some(&mut field.constraints.minimum),
                    BinaryOperator::LtEq => Some(&mut field.constraints.maximum),
                    _ => None,
                };
                if let Some(slot) = slot {
                    *slot = Some(limit);
                    return;
                }
            }
        }
        Expr::In { expr, target: InTarget::List(list), negated: false, .. } => {
            let values: Option<Vec<Cell>> = list.iter().map(value).collect();
            if let (Expr::Identifier(name), Some(values)) = (expr.as_ref(), values)
                && let Some(field) = find(fields, name)
            {
                field.constraints.allowed = values;
                return;
            }
        }
        _ => {}
    }
    lost.left(path, "该 CHECK 约束未保留", "this constraint CHECK is not kept");
}

fn find<'a>(fields: &'a mut [Field], name: &Ident) -> Option<&'a mut Field> {
    fields.iter_mut().find(|field| field.name == name.value)
}

fn value(expr: &Expr) -> Option<Cell> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => number(digits),
            Value::SingleQuotedString(text) => Some(Cell::Text(text.clone())),
            Value::Boolean(truth) => Some(Cell::Boolean(*truth)),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match expr.as_ref() {
            Expr::Value(value) => match &value.value {
                Value::Number(digits, _) => number(&format!("-{digits}")),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn number(digits: &str) -> Option<Cell> {
    let real = || digits.parse().ok().filter(|number: &f64| number.is_finite()).map(Cell::Real);
    digits.parse().ok().map(Cell::Integer).or_else(real)
}
