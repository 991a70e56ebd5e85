package io.shadowmesh.bindgen;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the C subset: typedefs of known types, tagged structs and unions, prototypes, constants. */
final class HeaderParser
{
    private static final Set<String> REFUSED = Set.of(
        "enum", "static", "inline", "__inline", "__attribute__", "__extension__", "restrict", "__restrict", "volatile",
        "register", "_Noreturn", "_Alignas", "_Atomic", "_Complex", "__asm__", "asm", "auto");

    private final String file;
    private final Preprocessor source;
    private final List<Token> tokens;
    private final Map<String, CType.Typedef> typedefs = new HashMap<>();
    private final Map<String, CType.Aggregate> tags = new LinkedHashMap<>();
    private final Map<String, Header.Function> functions = new LinkedHashMap<>();
    private final Map<String, Header.Function> functionPointers = new LinkedHashMap<>();
    private int at;

    private HeaderParser(final String file, final Preprocessor source, final List<Token> tokens)
    {
        this.file = file;
        this.source = source;
        this.tokens = tokens;
    }

    /**
     * Reads a header.
     *
     * @param file its name, for refusals.
     * @param text its text.
     * @return what it declares.
     * @throws Refusal on anything outside the subset.
     */
    static Header parse(final String file, final String text)
    {
        final Preprocessor source = Preprocessor.read(file, text);
        final HeaderParser parser = new HeaderParser(file, source, source.declarations());
        while (parser.peek().kind() != Token.Kind.END)
        {
            parser.declaration();
        }
        return parser.header();
    }

    private Header header()
    {
        final Map<String, CType.Aggregate> structs = new LinkedHashMap<>();
        final Map<String, CType.Aggregate> unions = new LinkedHashMap<>();
        tags.values().stream().filter(CType.Aggregate::isComplete)
            .forEach(t -> (t.isUnion() ? unions : structs).put(t.tag(), t));
        final Map<String, Header.Constant> constants = new LinkedHashMap<>();
        source.macros().values().forEach(macro -> constants.put(macro.name(), constant(macro)));
        return new Header(file, structs, unions, functions, functionPointers, constants);
    }

    private Header.Constant constant(final Preprocessor.Macro macro)
    {
        final List<Token> expanded =
            ConstantEvaluator.expand(file, macro.body(), source.macros(), new HashSet<>(Set.of(macro.name())));
        final StringBuilder text = new StringBuilder();
        macro.body().forEach(t -> text.append(t.adjacent() || text.isEmpty() ? "" : " ").append(t.text()));
        if (expanded.stream().allMatch(t -> t.kind() == Token.Kind.STRING))
        {
            final StringBuilder string = new StringBuilder();
            expanded.forEach(t -> string.append(ConstantEvaluator.unescape(t.text(), r -> refusal(macro.line(), r))));
            return new Header.Constant(macro.name(), text.toString(), null, 0, string.toString(), macro.line());
        }
        final ConstantEvaluator.Value value =
            ConstantEvaluator.evaluate(file, macro.line(), macro.body(), source.macros(), new Names());
        return new Header.Constant(macro.name(), text.toString(), value.type(), value.bits(), null, macro.line());
    }

    private void declaration()
    {
        if (peek().is("typedef"))
        {
            typedef();
            return;
        }
        accept("extern");
        if ((peek().is("struct") || peek().is("union")) && at + 2 < tokens.size())
        {
            final Token follower = tokens.get(at + 2);
            if (follower.is("{") || follower.is(";"))
            {
                aggregate(follower.is("{"));
                return;
            }
        }
        function();
    }

    private void typedef()
    {
        at++;
        final Token start = peek();
        final Base base = specifiers();
        final CType type = pointers(base);
        if (peek().is("(") && tokens.get(at + 1).is("*"))
        {
            functionPointer(type, start.line());
            return;
        }
        final Token name = identifier("typedef");
        if (peek().is("["))
        {
            throw refusal(start.line(), "a typedef of an array is not supported");
        }
        expect(";");
        if (typedefs.put(name.text(), new CType.Typedef(name.text(), type)) != null)
        {
            throw refusal(name.line(), name.text() + " is defined twice");
        }
    }

    /** The rest of a typedef that names a pointer to a function; the name is not a type for anything else. */
    private void functionPointer(final CType result, final int line)
    {
        at += 2;
        final Token name = identifier("typedef");
        expect(")");
        expect("(");
        final Header.Function pointed = prototype(name, result, line);
        if (pointed.variadic())
        {
            throw refusal(name.line(), "a pointer to a variadic function is not supported");
        }
        if (functionPointers.put(name.text(), pointed) != null)
        {
            throw refusal(name.line(), name.text() + " is defined twice");
        }
    }

    private void aggregate(final boolean defined)
    {
        final Token keyword = next();
        final Token tag = identifier(keyword.text());
        final CType.Aggregate aggregate = tagged(keyword, tag);
        if (defined)
        {
            if (aggregate.isComplete())
            {
                throw refusal(tag.line(), aggregate.spelling() + " is defined twice");
            }
            expect("{");
            fields(aggregate, tag.line());
        }
        if (!peek().is(";"))
        {
            throw refusal(peek().line(), "';' expected after " + aggregate.spelling() + ", not " + peek() +
                " (variables and attributes are not supported)");
        }
        at++;
    }

    private CType.Aggregate tagged(final Token keyword, final Token tag)
    {
        final boolean union = keyword.is("union");
        final CType.Aggregate aggregate =
            tags.computeIfAbsent(tag.text(), name -> new CType.Aggregate(union, name));
        if (aggregate.isUnion() != union)
        {
            throw refusal(tag.line(), tag.text() + " is both a struct and a union");
        }
        return aggregate;
    }

    private void fields(final CType.Aggregate aggregate, final int line)
    {
        final List<CType.Field> fields = new ArrayList<>();
        final Set<String> names = new HashSet<>();
        long offset = 0;
        long size = 0;
        long alignment = 1;
        while (!accept("}"))
        {
            final Base base = specifiers();
            if (peek().is(";"))
            {
                throw refusal(peek().line(), "a field without a name is not supported");
            }
            do
            {
                final CType pointed = pointers(base);
                refuseFunctionPointer();
                final Token name = identifier("field");
                final CType type = fieldType(pointed, name);
                if (!names.add(name.text()))
                {
                    throw refusal(name.line(), "field " + name.text() + " is there twice");
                }
                offset = aggregate.isUnion() ? 0 : roundUp(offset, type.alignment());
                fields.add(new CType.Field(name.text(), type, offset, name.line()));
                offset += type.size();
                size = Math.max(size, offset);
                alignment = Math.max(alignment, type.alignment());
            }
            while (accept(","));
            expect(";");
        }
        if (fields.isEmpty())
        {
            throw refusal(line, aggregate.spelling() + " has no fields");
        }
        aggregate.complete(fields, roundUp(size, alignment), alignment, line);
    }

    private CType fieldType(final CType element, final Token name)
    {
        if (peek().is(":"))
        {
            throw refusal(name.line(), "bit-field " + name.text() + " is not supported");
        }
        final CType type = dimensions(element, name);
        final CType bottom = type instanceof CType.Array array ? array.innermost() : type;
        if (bottom.resolved() == CType.Primitive.VOID)
        {
            throw refusal(name.line(), "field " + name.text() + " cannot be void");
        }
        if (bottom.resolved() instanceof CType.Aggregate aggregate && !aggregate.isComplete())
        {
            throw refusal(name.line(), aggregate.spelling() + " is not defined before field " + name.text());
        }
        return type;
    }

    private CType dimensions(final CType element, final Token name)
    {
        if (!accept("["))
        {
            return element;
        }
        final int from = at;
        while (!peek().is("]"))
        {
            next();
        }
        final List<Token> expression = tokens.subList(from, at++);
        if (expression.isEmpty())
        {
            throw refusal(name.line(), "array " + name.text() + " has no length");
        }
        final long length =
            ConstantEvaluator.evaluate(file, name.line(), expression, source.macros(), new Names()).bits();
        if (length <= 0 || length > Integer.MAX_VALUE)
        {
            throw refusal(name.line(), "array " + name.text() + " has length " + length);
        }
        return new CType.Array(dimensions(element, name), length);
    }

    private void function()
    {
        final Token start = peek();
        final Base base = specifiers();
        final CType result = pointers(base);
        refuseFunctionPointer();
        final Token name = identifier("declaration");
        if (!accept("("))
        {
            throw refusal(name.line(), "variable " + name.text() + " is not supported");
        }
        final Header.Function function = prototype(name, result, start.line());
        if (functions.put(name.text(), function) != null)
        {
            throw refusal(name.line(), name.text() + " is declared twice");
        }
    }

    /** From behind the parenthesis that opens the parameters to behind the semicolon. */
    private Header.Function prototype(final Token name, final CType result, final int line)
    {
        refuseByValue(result, name.line());
        final List<Header.Parameter> parameters = new ArrayList<>();
        boolean variadic = false;
        if (accept(")"))
        {
            throw refusal(name.line(), name.text() + "() has no prototype: write (void) for no parameters");
        }
        if (peek().is("void") && tokens.get(at + 1).is(")"))
        {
            at += 2;
        }
        else
        {
            variadic = parameters(parameters);
        }
        if (peek().is("{"))
        {
            throw refusal(line, "the body of " + name.text() + " is not supported");
        }
        expect(";");
        return new Header.Function(name.text(), result, List.copyOf(parameters), variadic, line);
    }

    private boolean parameters(final List<Header.Parameter> parameters)
    {
        while (true)
        {
            if (accept("..."))
            {
                if (parameters.isEmpty())
                {
                    throw refusal(peek().line(), "a variadic function needs a parameter before '...'");
                }
                expect(")");
                return true;
            }
            parameters.add(parameter());
            if (accept(")"))
            {
                return false;
            }
            expect(",");
        }
    }

    private Header.Parameter parameter()
    {
        final Base base = specifiers();
        final CType type = pointers(base);
        refuseFunctionPointer();
        final String name = peek().isIdentifier() ? next().text() : "";
        if (peek().is("["))
        {
            throw refusal(peek().line(), "an array parameter is not supported: write a pointer");
        }
        if (type.resolved() == CType.Primitive.VOID)
        {
            throw refusal(peek().line(), "a parameter cannot be void");
        }
        refuseByValue(type, peek().line());
        return new Header.Parameter(name, type);
    }

    private void refuseByValue(final CType type, final int line)
    {
        if (type.resolved() instanceof CType.Aggregate aggregate)
        {
            throw refusal(line, "passing " + aggregate.spelling() + " by value is not supported");
        }
    }

    private void refuseFunctionPointer()
    {
        if (peek().is("("))
        {
            throw refusal(peek().line(), "function pointers are not supported");
        }
    }

    /** A type before its stars, and whether it is const. */
    private record Base(CType type, boolean isConst)
    {
    }

    private Base specifiers()
    {
        final Token start = peek();
        boolean isConst = false;
        CType type = null;
        final List<String> words = new ArrayList<>();
        while (peek().isIdentifier())
        {
            final Token token = peek();
            if (REFUSED.contains(token.text()))
            {
                throw refusal(token.line(), "'" + token.text() + "' is not supported");
            }
            if (token.is("const"))
            {
                isConst = true;
            }
            else if (isBuiltinWord(token))
            {
                words.add(token.text());
            }
            else if (type == null && words.isEmpty() && (token.is("struct") || token.is("union")))
            {
                type = reference();
                continue;
            }
            else if (type == null && words.isEmpty() && typedefs.containsKey(token.text()))
            {
                type = typedefs.get(token.text());
            }
            else
            {
                break;
            }
            at++;
        }
        if (type != null && !words.isEmpty() || type == null && words.isEmpty())
        {
            throw refusal(start.line(), start.isIdentifier() && words.isEmpty() ?
                "unknown type '" + start.text() + "'" : "a declaration is expected, not " + start);
        }
        return new Base(type != null ? type : builtin(words, start), isConst);
    }

    /** A struct or union named, not defined. */
    private CType.Aggregate reference()
    {
        final Token keyword = next();
        if (peek().is("{"))
        {
            throw refusal(keyword.line(), "anonymous " + keyword.text() + " is not supported: give it a tag");
        }
        final Token tag = identifier(keyword.text());
        if (peek().is("{"))
        {
            throw refusal(tag.line(), keyword.text() + " " + tag.text() +
                " is defined inside another declaration: define it at file level");
        }
        return tagged(keyword, tag);
    }

    private CType pointers(final Base base)
    {
        CType type = base.type();
        boolean isConst = base.isConst();
        while (accept("*"))
        {
            type = new CType.Pointer(type, isConst);
            isConst = accept("const");
            if (peek().isIdentifier() && REFUSED.contains(peek().text()))
            {
                throw refusal(peek().line(), "'" + peek().text() + "' is not supported");
            }
        }
        return type;
    }

    private static boolean isBuiltinWord(final Token token)
    {
        return switch (token.text())
        {
            case "void", "_Bool", "char", "short", "int", "long", "float", "double", "signed", "unsigned" -> true;
            default -> false;
        };
    }

    private CType.Primitive builtin(final List<String> words, final Token start)
    {
        final List<String> sorted = new ArrayList<>(words);
        final boolean unsigned = sorted.remove("unsigned");
        final boolean signed = sorted.remove("signed");
        if (sorted.size() > 1 || unsigned || signed)
        {
            if (sorted.contains("short") || sorted.contains("long") || sorted.isEmpty())
            {
                sorted.remove("int");
            }
        }
        final String name = (unsigned ? "unsigned " : "") + (sorted.isEmpty() ? "int" : String.join(" ", sorted));
        for (final CType.Primitive primitive : CType.Primitive.values())
        {
            final boolean matches = signed && name.equals("char") ?
                primitive == CType.Primitive.SIGNED_CHAR : primitive.spelling().equals(name);
            if (matches && !(unsigned && signed))
            {
                return primitive;
            }
        }
        throw refusal(start.line(), "unknown type '" + String.join(" ", words) + "'");
    }

    /** The types that constant expressions name. */
    private final class Names implements ConstantEvaluator.TypeNames
    {
        @Override
        public boolean startsType(final Token token)
        {
            return token.isIdentifier() && (isBuiltinWord(token) || token.is("const") || token.is("struct") ||
                token.is("union") || typedefs.containsKey(token.text()));
        }

        @Override
        public CType typeOf(final List<Token> name)
        {
            final int line = name.isEmpty() ? 0 : name.get(0).line();
            final List<Token> closed = new ArrayList<>(name);
            closed.add(new Token(Token.Kind.END, "", line, false));
            final HeaderParser parser = new HeaderParser(file, source, closed);
            parser.typedefs.putAll(typedefs);
            parser.tags.putAll(tags);
            final CType type = parser.pointers(parser.specifiers());
            if (parser.peek().kind() != Token.Kind.END)
            {
                throw refusal(line, "unexpected " + parser.peek() + " in a type name");
            }
            if (type.resolved() instanceof CType.Aggregate aggregate && !aggregate.isComplete() || type.size() == 0)
            {
                throw refusal(line, type.spelling() + " has no size");
            }
            return type;
        }
    }

    private static long roundUp(final long value, final long alignment)
    {
        return (value + alignment - 1) / alignment * alignment;
    }

    private Token peek()
    {
        return tokens.get(Math.min(at, tokens.size() - 1));
    }

    private Token next()
    {
        final Token token = peek();
        if (token.kind() == Token.Kind.END)
        {
            throw refusal(token.line(), "the declaration is not finished");
        }
        at++;
        return token;
    }

    private boolean accept(final String text)
    {
        if (peek().is(text))
        {
            at++;
            return true;
        }
        return false;
    }

    private void expect(final String text)
    {
        if (!accept(text))
        {
            throw refusal(peek().line(), "'" + text + "' expected, not " + peek());
        }
    }

    private Token identifier(final String what)
    {
        final Token token = peek();
        if (!token.isIdentifier())
        {
            throw refusal(token.line(), "a name expected for the " + what + ", not " + token);
        }
        if (REFUSED.contains(token.text()))
        {
            throw refusal(token.line(), "'" + token.text() + "' is not supported");
        }
        if (javax.lang.model.SourceVersion.isKeyword(token.text()))
        {
            throw refusal(token.line(), "'" + token.text() + "' is a keyword in Java or C");
        }
        at++;
        return token;
    }

    private Refusal refusal(final int line, final String reason)
    {
        return new Refusal(file, line, reason);
    }
}
