//! The text of a query, read into the fields that it asks for. What no editor sends is refused: mutations, fragments,
//! directives; and whatever is long, deep or wide.

use graphql_parser::query::{
    self as ast, Definition, Document, OperationDefinition, Selection, SelectionSet, parse_query,
};
use serde_json::{Map, Value};

/// Longest query, in bytes.
const MAX_BYTES: usize = 16 * 1024;
/// Most fields in a query, and deepest nesting of them.
const MAX_FIELDS: usize = 100;
const MAX_DEPTH: usize = 10;

/// A field that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    /// What it is called in the answer.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) arguments: Map<String, Value>,
    pub(super) fields: Vec<Self>,
}

/// Reads a query with these variables. The error is a sentence.
pub(super) fn read(text: &str, variables: &Map<String, Value>) -> Result<Vec<Field>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("the query is too long: at most {MAX_BYTES} bytes"));
    }
    // The parser ends at fifty brackets in each other, before its own stack does.
    let document: Document<'_, &str> =
        parse_query(text).map_err(|_| "the query is not GraphQL, or too deep".to_owned())?;
    let [Definition::Operation(operation)] = &document.definitions[..] else {
        return Err("one query is answered at a time, and fragments are not supported".to_owned());
    };
    let mut reader = Reader { variables: variables.clone(), fields: 0 };
    let selection = match operation {
        OperationDefinition::SelectionSet(selection) => selection,
        OperationDefinition::Query(query) => {
            undirected(&query.directives)?;
            for variable in &query.variable_definitions {
                if let Some(default) = &variable.default_value
                    && !variables.contains_key(variable.name)
                {
                    let default = reader.value(default)?;
                    reader.variables.insert(variable.name.to_owned(), default);
                }
            }
            &query.selection_set
        }
        OperationDefinition::Mutation(_) | OperationDefinition::Subscription(_) => {
            return Err("only queries are answered".to_owned());
        }
    };
    reader.selection(selection, 1)
}

struct Reader {
    variables: Map<String, Value>,
    /// So far.
    fields: usize,
}

impl Reader {
    fn selection<'a>(&mut self, set: &SelectionSet<'a, &'a str>, depth: usize) -> Result<Vec<Field>, String> {
        if depth > MAX_DEPTH && !set.items.is_empty() {
            return Err(format!("the query is too deep: at most {MAX_DEPTH} fields in each other"));
        }
        let mut fields: Vec<Field> = Vec::new();
        for selection in &set.items {
            let Selection::Field(field) = selection else {
                return Err("fragments are not supported".to_owned());
            };
            self.fields += 1;
            if self.fields > MAX_FIELDS {
                return Err(format!("the query asks for too much: at most {MAX_FIELDS} fields"));
            }
            let field = self.field(field, depth)?;
            match fields.iter().find(|before| before.key == field.key) {
                None => fields.push(field),
                Some(before) if *before == field => {}
                Some(_) => {
                    return Err(format!("the query asks twice for \"{}\": name one otherwise", field.key));
                }
            }
        }
        Ok(fields)
    }

    fn field<'a>(&mut self, field: &ast::Field<'a, &'a str>, depth: usize) -> Result<Field, String> {
        undirected(&field.directives)?;
        let mut arguments = Map::new();
        for (name, value) in &field.arguments {
            arguments.insert((*name).to_owned(), self.value(value)?);
        }
        let fields = self.selection(&field.selection_set, depth + 1)?;
        Ok(Field {
            key: field.alias.unwrap_or(field.name).to_owned(),
            name: field.name.to_owned(),
            arguments,
            fields,
        })
    }

    fn value<'a>(&self, value: &ast::Value<'a, &'a str>) -> Result<Value, String> {
        Ok(match value {
            ast::Value::Variable(name) => self.variables.get(*name).cloned().unwrap_or(Value::Null),
            ast::Value::Int(number) => number.as_i64().map_or(Value::Null, Value::from),
            ast::Value::Float(number) => Value::from(*number),
            ast::Value::String(text) => Value::from(text.as_str()),
            ast::Value::Enum(name) => Value::from(*name),
            ast::Value::Boolean(truth) => Value::from(*truth),
            ast::Value::Null => Value::Null,
            ast::Value::List(list) => {
                Value::Array(list.iter().map(|value| self.value(value)).collect::<Result<_, _>>()?)
            }
            ast::Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| Ok(((*name).to_owned(), self.value(value)?)));
                Value::Object(fields.collect::<Result<_, String>>()?)
            }
        })
    }
}

fn undirected<'a>(directives: &[ast::Directive<'a, &'a str>]) -> Result<(), String> {
    if directives.is_empty() { Ok(()) } else { Err("directives are not supported".to_owned()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn reads(text: &str) -> Result<Vec<Field>, String> {
        let Value::Object(variables) = json!({ "org": "acme", "limit": 3 }) else { panic!("no object") };
        read(text, &variables)
    }

    #[test]
    fn fields_come_with_their_names_and_arguments() {
        let text = "query Q($org: String!, $limit: Int = 7, $offset: Int = 2, $more: Int) {
            all: packages(orgName: $org, limit: $limit, offset: $offset, more: $more) { packages { name } }
        }";
        let field = |key: &str, name: &str, arguments: Value, fields| Field {
            key: key.to_owned(),
            name: name.to_owned(),
            arguments: arguments.as_object().unwrap().clone(),
            fields,
        };
        let name = field("name", "name", json!({}), vec![]);
        let packages = field("packages", "packages", json!({}), vec![name]);
        let arguments = json!({ "orgName": "acme", "limit": 3, "offset": 2, "more": null });
        assert_eq!(reads(text), Ok(vec![field("all", "packages", arguments, vec![packages])]));
        let nested = reads("{ a(x: {y: [1, \"z\", ENUM, true, null, 1.5]}) }").unwrap();
        assert_eq!(nested[0].arguments["x"], json!({ "y": [1, "z", "ENUM", true, null, 1.5] }));
        assert_eq!(reads("{ a a b }").unwrap().len(), 2);
    }

    #[test]
    fn what_no_editor_sends_is_refused() {
        let deep = |depth: usize| "{a".repeat(depth) + &"}".repeat(depth);
        let wide = |fields: usize| {
            let fields: Vec<_> = (0..fields).map(|n| format!("f{n}: a")).collect();
            format!("{{ {} }}", fields.join(" "))
        };
        assert!(reads(&deep(MAX_DEPTH)).is_ok() && reads(&wide(MAX_FIELDS)).is_ok());
        for (text, expected) in [
            (deep(MAX_DEPTH + 1), "too deep"),
            (deep(3000), "too deep"),
            (format!("{{ a(x: {}1{}) }}", "[".repeat(3000), "]".repeat(3000)), "too deep"),
            (wide(MAX_FIELDS + 1), "too much"),
            ("{ a }".to_owned() + &" ".repeat(MAX_BYTES), "too long"),
            ("mutation { a }".to_owned(), "only queries"),
            ("subscription { a }".to_owned(), "only queries"),
            ("{ a } { b }".to_owned(), "one query"),
            ("{ ...x } fragment x on Y { a }".to_owned(), "fragments"),
            ("{ ... on Y { a } }".to_owned(), "fragments"),
            ("{ a @skip(if: true) }".to_owned(), "directives"),
            ("{ a: b a: c }".to_owned(), "twice for \"a\""),
            ("{ a".to_owned(), "not GraphQL"),
            (String::new(), "not GraphQL"),
        ] {
            let refused = reads(&text).unwrap_err();
            assert!(refused.contains(expected), "{}: {refused}", &text[..text.len().min(80)]);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_a_query_or_a_sentence(text in ".*", more in "[{}()\\[\\]a:$\"., !@]{0,200}") {
            let _ = (reads(&text), reads(&more), reads(&format!("{{{more}}}")));
        }
    }
}
