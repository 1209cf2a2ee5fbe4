//! Finds the functions of a formatted file, by their first and last line, without a parser.

/// The functions of a file that rustfmt formatted: from the attributes above the declaration to the
/// closing brace at the same indentation. Nested functions belong to the outer one.
pub(super) fn in_rust(lines: &[String]) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    let mut next = 0;
    while next < lines.len() {
        let declaration = next;
        next += 1;
        if declared(&lines[declaration]).is_none() {
            continue;
        }
        let depth = indentation(&lines[declaration]);
        let body = &lines[declaration..];
        let Some(length) = body.iter().position(|line| {
            let end = line.trim_end();
            let one_line = std::ptr::eq(line, &body[0]) && end.ends_with('}');
            one_line || (indentation(line) == depth && (end.ends_with('}') || end.ends_with(';')))
        }) else {
            continue;
        };
        if lines[declaration + length].trim_end().ends_with(';') {
            // A declaration in a trait, without a body.
            continue;
        }
        let above = lines[..declaration].iter().rev();
        let attributes = above
            .take_while(|line| line.trim_start().starts_with("#["))
            .count();
        let first = declaration - attributes;
        found.push((first as u32 + 1, (declaration + length) as u32 + 1));
        next = declaration + length + 1;
    }
    found
}

/// The functions of a C or C++ file: from an unindented line to an unindented closing brace. Indented
/// functions, such as in a namespace, stay single lines.
pub(super) fn in_c(lines: &[String]) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    let mut first = None;
    for (index, line) in lines.iter().enumerate() {
        let number = index as u32 + 1;
        let begins = line.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
        let is_around = ["namespace", "extern \"C\""]
            .iter()
            .any(|it| line.starts_with(it));
        if begins && !is_around && first.is_none() {
            first = Some(number);
        }
        let end = line.trim_end();
        match (first, line.starts_with('}')) {
            (Some(start), true) => {
                found.push((start, number));
                first = None;
            }
            // A declaration, or a function on one line.
            (Some(start), false) if start == number && end.ends_with([';', '}', ':']) => {
                if end.ends_with('}') {
                    found.push((start, number));
                }
                first = None;
            }
            _ => {}
        }
    }
    found
}

/// The name of the function that a line declares.
pub(super) fn declared(line: &str) -> Option<&str> {
    const BEFORE: [&str; 8] = [
        "pub ",
        "pub(crate) ",
        "pub(super) ",
        "const ",
        "async ",
        "unsafe ",
        "extern \"C\" ",
        "default ",
    ];
    let mut rest = line.trim_start();
    while let Some(shorter) = BEFORE.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = shorter;
    }
    let name = rest.strip_prefix("fn ")?;
    let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    Some(&name[..end])
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_of_c_reaches_to_the_brace_at_the_margin() {
        let text = "#include <a.h>\nint global = 1;\nstatic int one(int n) { return n; }\nint\ntwo(void)\n{\n  \
                    if (one(1)) {\n  }\n}\nnamespace a {\nvoid three() {\n  two();\n}\n}\n";
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        assert_eq!(in_c(&lines), [(3, 3), (4, 9), (11, 13)]);
    }
}
