//! Reads a GraphQL operation, as far as ours go: variables, fields, arguments that are variables, selections. Whatever else
//! stands there is an error, never something that passes unread.

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// `query` or `mutation`.
    pub kind: String,
    /// Name and type, as `("input", "UpdateRefsInput!")`.
    pub variables: Vec<(String, String)>,
    pub selection: Vec<Field>,
}

#[derive(Debug)]
pub struct Field {
    pub name: String,
    /// Argument and the variable that it is given.
    pub arguments: Vec<(String, String)>,
    pub selection: Vec<Field>,
}

/// # Errors
/// What cannot be read, in a sentence.
pub fn read(text: &str) -> Result<Operation, String> {
    let words = words(text);
    let mut reader = Reader { words: &words };
    let operation = reader.operation()?;
    match reader.words {
        [] => Ok(operation),
        [word, ..] => Err(format!("`{word}` stands behind the operation")),
    }
}

/// Names, and marks one by one. To GraphQL commas are blanks.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut in_name = false;
    for character in text.chars() {
        let is_name = character.is_ascii_alphanumeric() || character == '_';
        match words.last_mut() {
            Some(word) if is_name && in_name => word.push(character),
            _ if character.is_whitespace() || character == ',' => {}
            _ => words.push(character.to_string()),
        }
        in_name = is_name;
    }
    words
}

struct Reader<'a> {
    words: &'a [String],
}

impl Reader<'_> {
    fn operation(&mut self) -> Result<Operation, String> {
        let kind = self.name()?;
        if !matches!(kind.as_str(), "query" | "mutation") {
            return Err(format!("`{kind}` is no operation"));
        }
        if !self.is_next("(") && !self.is_next("{") {
            self.name()?;
        }
        let mut variables = Vec::new();
        if self.takes("(") {
            while !self.takes(")") {
                self.mark("$")?;
                let name = self.name()?;
                self.mark(":")?;
                variables.push((name, self.type_name()?));
            }
        }
        let selection = self.selection()?;
        Ok(Operation {
            kind,
            variables,
            selection,
        })
    }

    fn selection(&mut self) -> Result<Vec<Field>, String> {
        self.mark("{")?;
        let mut fields = Vec::new();
        while !self.takes("}") {
            fields.push(self.field()?);
        }
        match fields.is_empty() {
            true => Err("a selection selects nothing".to_owned()),
            false => Ok(fields),
        }
    }

    fn field(&mut self) -> Result<Field, String> {
        let name = self.name()?;
        let mut arguments = Vec::new();
        if self.takes("(") {
            while !self.takes(")") {
                let argument = self.name()?;
                self.mark(":")?;
                self.mark("$")?;
                arguments.push((argument, self.name()?));
            }
        }
        let selection = match self.is_next("{") {
            true => self.selection()?,
            false => Vec::new(),
        };
        Ok(Field {
            name,
            arguments,
            selection,
        })
    }

    fn type_name(&mut self) -> Result<String, String> {
        let mut of = match self.takes("[") {
            true => {
                let inner = self.type_name()?;
                self.mark("]")?;
                format!("[{inner}]")
            }
            false => self.name()?,
        };
        if self.takes("!") {
            of.push('!');
        }
        Ok(of)
    }

    fn name(&mut self) -> Result<String, String> {
        let (word, rest) = self.words.split_first().ok_or("the operation ends too early")?;
        if !word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Err(format!("`{word}` stands where a name should"));
        }
        self.words = rest;
        Ok(word.clone())
    }

    fn mark(&mut self, mark: &str) -> Result<(), String> {
        match self.takes(mark) {
            true => Ok(()),
            false => Err(format!(
                "`{mark}` is expected, not `{}`",
                self.words.first().map_or("the end", String::as_str)
            )),
        }
    }

    fn takes(&mut self, mark: &str) -> bool {
        let is_next = self.is_next(mark);
        if is_next {
            self.words = &self.words[1..];
        }
        is_next
    }

    fn is_next(&self, mark: &str) -> bool {
        self.words.first().is_some_and(|word| word == mark)
    }
}
