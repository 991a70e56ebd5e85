package io.shadowmesh.bindgen;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Evaluates integer constant expressions with C's types: literals, the usual conversions, casts and sizeof. Macros are
 * replaced by their tokens, as C does it, not by their values.
 */
final class ConstantEvaluator
{
    /** An integer of type int, unsigned int, long or unsigned long (long long counts as long). */
    record Value(CType.Primitive type, long bits)
    {
        boolean isUnsigned()
        {
            return type == CType.Primitive.UNSIGNED_INT || type == CType.Primitive.UNSIGNED_LONG;
        }

        boolean isWide()
        {
            return type.size() == 8;
        }
    }

    /** Reads a type's name: what stands in a cast or after sizeof. */
    interface TypeNames
    {
        /** Tells whether a type begins with this token. */
        boolean startsType(Token token);

        /** The type that these tokens name. */
        CType typeOf(List<Token> tokens);
    }

    private final String file;
    private final List<Token> tokens;
    private final TypeNames types;
    private final int line;
    private int at;

    private ConstantEvaluator(final String file, final int line, final List<Token> tokens, final TypeNames types)
    {
        this.file = file;
        this.line = line;
        this.tokens = tokens;
        this.types = types;
    }

    /**
     * @param file   for refusals.
     * @param line   of the expression.
     * @param body   its tokens.
     * @param macros that may be named in it.
     * @param types  that casts and sizeof may name.
     * @return its value.
     */
    static Value evaluate(
        final String file,
        final int line,
        final List<Token> body,
        final Map<String, Preprocessor.Macro> macros,
        final TypeNames types)
    {
        final List<Token> expanded = expand(file, body, macros, new LinkedHashSet<>());
        final ConstantEvaluator evaluator = new ConstantEvaluator(file, line, expanded, types);
        final Value value = evaluator.conditional();
        if (evaluator.at < expanded.size())
        {
            throw evaluator.refusal("unexpected " + expanded.get(evaluator.at) + " in a constant expression");
        }
        return value;
    }

    /** Replaces macros by their tokens, all the way down. */
    static List<Token> expand(
        final String file,
        final List<Token> body,
        final Map<String, Preprocessor.Macro> macros,
        final Set<String> open)
    {
        final List<Token> expanded = new ArrayList<>();
        for (final Token token : body)
        {
            final Preprocessor.Macro macro = token.isIdentifier() ? macros.get(token.text()) : null;
            if (macro == null)
            {
                expanded.add(token);
                continue;
            }
            if (!open.add(macro.name()))
            {
                throw new Refusal(file, token.line(), "constant " + macro.name() + " is defined by itself");
            }
            expanded.addAll(expand(file, macro.body(), macros, open));
            open.remove(macro.name());
        }
        return expanded;
    }

    private Value conditional()
    {
        final Value condition = binary(0);
        if (!accept("?"))
        {
            return condition;
        }
        final Value yes = conditional();
        expect(":");
        final Value no = conditional();
        final CType.Primitive type = common(yes, no);
        return convert(condition.bits() != 0 ? yes : no, type);
    }

    private static final String[][] LEVELS = {
        {"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<", ">", "<=", ">="}, {"<<", ">>"}, {"+", "-"},
        {"*", "/", "%"}};

    private Value binary(final int level)
    {
        if (level == LEVELS.length)
        {
            return unary();
        }
        Value left = binary(level + 1);
        String operator = acceptAny(LEVELS[level]);
        while (operator != null)
        {
            left = apply(operator, left, binary(level + 1));
            operator = acceptAny(LEVELS[level]);
        }
        return left;
    }

    private Value apply(final String operator, final Value left, final Value right)
    {
        return switch (operator)
        {
            case "||" -> truth(left.bits() != 0 || right.bits() != 0);
            case "&&" -> truth(left.bits() != 0 && right.bits() != 0);
            case "<<", ">>" -> shift(operator, left, right);
            default ->
            {
                final CType.Primitive type = common(left, right);
                yield arithmetic(operator, convert(left, type), convert(right, type));
            }
        };
    }

    private Value arithmetic(final String operator, final Value left, final Value right)
    {
        final long a = left.bits();
        final long b = right.bits();
        final int order = left.isUnsigned() ? Long.compareUnsigned(a, b) : Long.compare(a, b);
        return switch (operator)
        {
            case "==" -> truth(order == 0);
            case "!=" -> truth(order != 0);
            case "<" -> truth(order < 0);
            case ">" -> truth(order > 0);
            case "<=" -> truth(order <= 0);
            case ">=" -> truth(order >= 0);
            case "|" -> new Value(left.type(), a | b);
            case "^" -> new Value(left.type(), a ^ b);
            case "&" -> new Value(left.type(), a & b);
            case "+" -> checked(left, () -> Math.addExact(a, b), a + b);
            case "-" -> checked(left, () -> Math.subtractExact(a, b), a - b);
            case "*" -> checked(left, () -> Math.multiplyExact(a, b), a * b);
            default -> divide(operator, left, right);
        };
    }

    private Value divide(final String operator, final Value left, final Value right)
    {
        if (right.bits() == 0)
        {
            throw refusal("division by zero");
        }
        if (left.isUnsigned())
        {
            return new Value(left.type(), operator.equals("/") ?
                Long.divideUnsigned(left.bits(), right.bits()) : Long.remainderUnsigned(left.bits(), right.bits()));
        }
        final long quotient = checked(left, () -> Math.divideExact(left.bits(), right.bits()), 0).bits();
        return operator.equals("/") ? new Value(left.type(), quotient) :
            new Value(left.type(), left.bits() % right.bits());
    }

    private Value checked(
        final Value operand,
        final java.util.function.LongSupplier exact,
        final long wrapped)
    {
        if (operand.isUnsigned())
        {
            return convert(new Value(CType.Primitive.UNSIGNED_LONG, wrapped), operand.type());
        }
        try
        {
            final long value = exact.getAsLong();
            if (operand.isWide() || value == (int)value)
            {
                return new Value(operand.type(), value);
            }
        }
        catch (final ArithmeticException e)
        {
            // the same refusal as below
        }
        throw refusal("signed overflow in a constant expression");
    }

    private Value shift(final String operator, final Value left, final Value right)
    {
        final int width = (int)left.type().size() * 8;
        if (right.bits() < 0 || right.bits() >= width)
        {
            throw refusal("shift by " + right.bits() + " bits");
        }
        final int count = (int)right.bits();
        if (operator.equals(">>"))
        {
            return new Value(left.type(), left.isUnsigned() ? left.bits() >>> count : left.bits() >> count);
        }
        if (left.isUnsigned())
        {
            return convert(new Value(CType.Primitive.UNSIGNED_LONG, left.bits() << count), left.type());
        }
        if (left.bits() < 0 || left.bits() > (left.isWide() ? Long.MAX_VALUE : Integer.MAX_VALUE) >> count)
        {
            throw refusal("signed overflow in a shift");
        }
        return new Value(left.type(), left.bits() << count);
    }

    private Value unary()
    {
        final String operator = acceptAny("-", "+", "~", "!");
        if (operator != null)
        {
            final Value operand = unary();
            return switch (operator)
            {
                case "-" -> arithmetic("-", new Value(operand.type(), 0), operand);
                case "~" -> convert(new Value(operand.type(), ~operand.bits()), operand.type());
                case "!" -> truth(operand.bits() == 0);
                default -> operand;
            };
        }
        if (accept("sizeof"))
        {
            return new Value(CType.Primitive.UNSIGNED_LONG, types.typeOf(parenthesised()).size());
        }
        if (peek().is("(") && at + 1 < tokens.size() && types.startsType(tokens.get(at + 1)))
        {
            final CType type = types.typeOf(parenthesised()).resolved();
            return cast(type, unary());
        }
        return primary();
    }

    private Value cast(final CType type, final Value operand)
    {
        if (type instanceof CType.Primitive primitive)
        {
            switch (primitive)
            {
                case INT, UNSIGNED_INT, LONG, UNSIGNED_LONG:
                    return convert(operand, primitive);
                case LONG_LONG:
                    return convert(operand, CType.Primitive.LONG);
                case UNSIGNED_LONG_LONG:
                    return convert(operand, CType.Primitive.UNSIGNED_LONG);
                default:
                    break;
            }
        }
        throw refusal("a cast to anything but int or long is not supported in a constant expression");
    }

    private Value primary()
    {
        final Token token = peek();
        if (accept("("))
        {
            final Value value = conditional();
            expect(")");
            return value;
        }
        at++;
        return switch (token.kind())
        {
            case NUMBER -> number(token.text());
            case CHARACTER -> character(token.text());
            case IDENTIFIER -> throw refusal("unknown name '" + token.text() + "' in a constant expression");
            default -> throw refusal("unexpected " + token + " in a constant expression");
        };
    }

    private Value number(final String text)
    {
        final String lower = text.toLowerCase(java.util.Locale.ROOT);
        final int radix = lower.startsWith("0x") ? 16 : lower.startsWith("0b") ? 2 : lower.startsWith("0") ? 8 : 10;
        int end = lower.length();
        while (end > 0 && "ul".indexOf(lower.charAt(end - 1)) >= 0)
        {
            end--;
        }
        final String suffix = lower.substring(end);
        final String digits = lower.substring(radix == 16 || radix == 2 ? 2 : 0, end);
        final long bits;
        try
        {
            bits = Long.parseUnsignedLong(digits, radix);
        }
        catch (final NumberFormatException e)
        {
            throw refusal("'" + text + "' is not an integer of at most 64 bits");
        }
        if (!List.of("", "u", "l", "ul", "lu", "ll", "ull", "llu").contains(suffix))
        {
            throw refusal("'" + text + "' has an unknown suffix");
        }
        return literal(text, bits, radix == 10, suffix.contains("u"), suffix.contains("l"));
    }

    /** C's rule: the first of int, unsigned int, long, unsigned long that suffix and radix allow and that holds it. */
    private Value literal(
        final String text,
        final long bits,
        final boolean decimal,
        final boolean unsigned,
        final boolean wide)
    {
        final boolean mayBeUnsigned = unsigned || !decimal;
        if (!wide && !unsigned && bits >= 0 && bits <= Integer.MAX_VALUE)
        {
            return new Value(CType.Primitive.INT, bits);
        }
        if (!wide && mayBeUnsigned && bits >= 0 && bits <= 0xffff_ffffL)
        {
            return new Value(CType.Primitive.UNSIGNED_INT, bits);
        }
        if (!unsigned && bits >= 0)
        {
            return new Value(CType.Primitive.LONG, bits);
        }
        if (!mayBeUnsigned)
        {
            throw refusal("'" + text + "' does not fit in a long");
        }
        return new Value(CType.Primitive.UNSIGNED_LONG, bits);
    }

    private Value character(final String text)
    {
        final String unescaped = unescape(text);
        if (unescaped.length() != 1 || unescaped.charAt(0) > 126)
        {
            throw refusal(text + " is not one ASCII character");
        }
        return new Value(CType.Primitive.INT, unescaped.charAt(0));
    }

    /** The text of a string or character literal, quotes taken off. */
    private String unescape(final String quoted)
    {
        return unescape(quoted, this::refusal);
    }

    static String unescape(final String quoted, final Function<String, Refusal> refusal)
    {
        final StringBuilder text = new StringBuilder();
        for (int i = 1; i < quoted.length() - 1; i++)
        {
            char c = quoted.charAt(i);
            if (c == '\\')
            {
                final int simple = "\\\"'ntr0".indexOf(quoted.charAt(++i));
                if (simple < 0 || simple == 6 && Character.isDigit(quoted.charAt(i + 1)))
                {
                    throw refusal.apply("escape \\" + quoted.charAt(i) + " is not supported");
                }
                c = "\\\"'\n\t\r\0".charAt(simple);
            }
            text.append(c);
        }
        return text.toString();
    }

    private static Value truth(final boolean value)
    {
        return new Value(CType.Primitive.INT, value ? 1 : 0);
    }

    private static CType.Primitive common(final Value left, final Value right)
    {
        final boolean wide = left.isWide() || right.isWide();
        final boolean unsigned = left.isUnsigned() && left.isWide() == wide ||
            right.isUnsigned() && right.isWide() == wide;
        return wide ?
            unsigned ? CType.Primitive.UNSIGNED_LONG : CType.Primitive.LONG :
            unsigned ? CType.Primitive.UNSIGNED_INT : CType.Primitive.INT;
    }

    private static Value convert(final Value value, final CType.Primitive type)
    {
        return new Value(type, switch (type)
        {
            case INT -> (int)value.bits();
            case UNSIGNED_INT -> value.bits() & 0xffff_ffffL;
            default -> value.bits();
        });
    }

    private List<Token> parenthesised()
    {
        expect("(");
        final int from = at;
        while (at < tokens.size() && !tokens.get(at).is(")"))
        {
            at++;
        }
        expect(")");
        return tokens.subList(from, at - 1);
    }

    private Token peek()
    {
        if (at >= tokens.size())
        {
            throw refusal("constant expression ends too early");
        }
        return tokens.get(at);
    }

    private boolean accept(final String text)
    {
        return acceptAny(text) != null;
    }

    private String acceptAny(final String... texts)
    {
        for (final String text : texts)
        {
            if (at < tokens.size() && tokens.get(at).is(text))
            {
                at++;
                return text;
            }
        }
        return null;
    }

    private void expect(final String text)
    {
        if (!accept(text))
        {
            throw refusal("'" + text + "' expected in a constant expression");
        }
    }

    private Refusal refusal(final String reason)
    {
        return new Refusal(file, line, reason);
    }
}
